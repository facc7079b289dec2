import { Button, Group, Table, UnstyledButton } from '@mantine/core'
import { useState } from 'react'
import type { WorkLog } from '../../api/worklog'
import { count } from '../../format/count'
import { SortHeader } from '../../parts/SortHeader'
import { dayWords } from '../../format/days'
import type { OpenCell } from './Grid'
import { mayLack } from './incomplete'
import { countWords, kindWords, type Kind } from './kinds'
import { linesOf, sorted, type ListSort } from './list'
import classes from './worklog.module.css'

const pageSize = 100

/** The grid as a plain list: the same numbers, a line for each person or repository and day. */
export function ListView({ log, kinds, open }: { log: WorkLog; kinds: Kind[]; open: OpenCell }) {
  const [{ by, reversed }, setSort] = useState<{ by: ListSort; reversed: boolean }>({ by: 'day', reversed: false })
  const [shown, setShown] = useState(pageSize)
  const lines = sorted(linesOf(log), by, reversed)
  const header = (column: ListSort, name: string) => (
    <SortHeader
      key={column} name={name} sorted={by !== column ? undefined : (column === 'name') !== reversed ? 'ascending' : 'descending'}
      onSort={() => setSort({ by: column, reversed: by === column && !reversed })}
    />
  )
  return (
    <>
      <div className="panel rows">
        <Table className="cards" data-testid="list">
          <caption className="visually-hidden">Activity of each {log.group} on each day in {log.zone}, {count(lines.length)} lines</caption>
          <Table.Thead><Table.Tr>{header('name', log.group === 'person' ? 'Person' : 'Repository')}{header('day', 'Day')}{kinds.map((kind) => header(kind, kindWords[kind].name))}</Table.Tr></Table.Thead>
          <Table.Tbody>
            {lines.slice(0, shown).map(({ id, name, key, repository, day, counts }) => {
              const lacks = mayLack(log, day, { repository_id: repository })
              return (
                <Table.Tr key={id}>
                  <Table.Th scope="row">
                    <UnstyledButton className={classes.lineName} aria-label={`${name}, ${dayWords(day.date)}: ${countWords(counts)}`} onClick={() => open({ day: day.date, ...(key === undefined ? { bots: true } : { key }) })}>{name}</UnstyledButton>
                  </Table.Th>
                  <Table.Td data-label="Day"><span className={classes.lineDay}>{dayWords(day.date)}{lacks && <small>may be incomplete</small>}</span></Table.Td>
                  {kinds.map((kind) => <Table.Td key={kind} className={`numbers ${counts[kind] === 0 ? classes.nought : ''}`} data-label={kindWords[kind].name}>{count(counts[kind])}</Table.Td>)}
                </Table.Tr>
              )
            })}
          </Table.Tbody>
        </Table>
      </div>
      {shown < lines.length && <Group justify="center" mt="md"><Button variant="default" onClick={() => setShown(shown + pageSize)}>Show more ({count(shown)} of {count(lines.length)})</Button></Group>}
    </>
  )
}
