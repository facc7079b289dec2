import { Table } from '@mantine/core'
import { dateWords } from '../../format/days'
import { useNow } from '../../parts/useNow'
import classes from './chart.module.css'
import type { ByWeek } from './series'

export function WeekTable({ caption, chart: { weeks, series, words } }: { caption: string; chart: ByWeek }) {
  const now = useNow()
  return (
    <div className={classes.table} tabIndex={0} role="region" aria-label={`Table: ${caption}`}>
      <Table className="numbers">
        <Table.Caption className="visually-hidden">{caption}</Table.Caption>
        <Table.Thead><Table.Tr><Table.Th scope="col">Week of</Table.Th>{series.map((s) => <Table.Th key={s.name} scope="col" ta="right">{s.name}</Table.Th>)}</Table.Tr></Table.Thead>
        <Table.Tbody>
          {weeks.map((week, i) => (
            <Table.Tr key={week.starts}>
              <Table.Th scope="row" fw={500}>{dateWords(week.starts, now)}{week.partial && ' (not over yet)'}</Table.Th>
              {series.map((s) => <Table.Td key={s.name} ta="right">{words(s.values[i] ?? null)}</Table.Td>)}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}
