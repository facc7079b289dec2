import { Stack, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { commitMetricsQuery, type CommitMetrics, type MetricsFilter } from '../../api/pullRequests'
import { count, plural } from '../../format/count'
import { tenth } from '../../format/hours'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { FactList } from '../../parts/FactList'
import { Loading } from '../../parts/Loading'
import { Panel } from '../../parts/Panel'
import { IncompleteNotice } from '../reports/IncompleteNotice'
import classes from './chart.module.css'
import { missesLater } from './definitions'
import { isPartial } from './period'
import { ofThings } from './series'
import { WeekChart } from './WeekChart'

const few = 5

/** What reached the default branches in the same time. */
export function Commits({ filter }: { filter: MetricsFilter }) {
  const { data, error, refetch } = useQuery(commitMetricsQuery(filter))
  return (
    <Panel title="Commits">
      {error && <ErrorPanel what="The commits could not be counted" error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading rows={2} />}
      {data && <Counted metrics={data} />}
    </Panel>
  )
}

function Counted({ metrics: m }: { metrics: CommitMetrics }) {
  return (
    <Stack gap="sm">
      <IncompleteNotice of={m} effect={missesLater} />
      <div className={classes.charts}>
        <Stack gap="sm">
          <FactList
            facts={[
              ['Commits', count(m.commits)],
              ['Coding days', `${tenth(m.coding_days_per_week)} a week for each author`],
              ['Commits per day', `${tenth(m.commits_per_day)} on a day with commits`],
              ['Authors', count(m.people.length)],
            ]}
          />
          <Authors people={m.people.slice(0, few)} />
          <Text size="sm" c="dimmed">On default branches. {plural(m.merge_commits, 'merge commit')} and {plural(m.bots, 'commit')} by bots are left out.</Text>
        </Stack>
        <WeekChart title="Commits by week" chart={{ ...ofThings('commits'), form: 'bar', weeks: m.weeks.map(({ starts }) => ({ starts, partial: isPartial(starts, m.through) })), series: [{ name: 'Commits', mark: 'first', values: m.weeks.map((w) => w.commits) }] }} />
      </div>
    </Stack>
  )
}

function Authors({ people }: Pick<CommitMetrics, 'people'>) {
  if (people.length === 0) return null
  return (
    <Table className="numbers" verticalSpacing={2} withRowBorders={false}>
      <Table.Caption className="visually-hidden">Authors, most commits first</Table.Caption>
      <Table.Thead><Table.Tr><Table.Th scope="col" pl={0}>Most commits</Table.Th><Table.Th scope="col" ta="right">Commits</Table.Th><Table.Th scope="col" ta="right">Days</Table.Th></Table.Tr></Table.Thead>
      <Table.Tbody>
        {people.map((p) => (
          <Table.Tr key={p.person}>
            <Table.Th scope="row" fw={500} pl={0}>{p.person}{!p.linked && ' (not linked)'}</Table.Th>
            <Table.Td ta="right">{count(p.commits)}</Table.Td>
            <Table.Td ta="right">{count(p.days_with_commits)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
