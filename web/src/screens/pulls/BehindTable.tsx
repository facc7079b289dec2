import { Table } from '@mantine/core'
import type { MeasuredPullRequest } from '../../api/pullRequests'
import { count } from '../../format/count'
import { hours } from '../../format/hours'
import { Time } from '../../parts/Time'
import { PullRequestName } from './PullRequestName'
import classes from './pulls.module.css'
import type { Behind } from './search'

type Shown = 'opened' | 'closed' | 'responded' | 'merged'
const ends = { opened: 'created_at', closed: 'closed_at', responded: 'first_response_at', merged: 'merged_at' } as const
const endWords = { opened: 'Opened', closed: 'Closed', responded: 'First response', merged: 'Merged' } as const

export function BehindTable({ rows, of }: { rows: MeasuredPullRequest[]; of: Behind }) {
  const shown: Shown = of === 'opened' || of === 'closed' || of === 'responded' ? of : 'merged'
  const columns = ['Pull request', 'Author', endWords[shown], 'To merge', 'To first response', 'Iteration', 'Responses', 'Longest', 'Lines']
  return (
    <div className="panel rows">
      <Table className="cards numbers" verticalSpacing={6}>
        <Table.Caption className="visually-hidden">Pull requests, the newest first</Table.Caption>
        <Table.Thead><Table.Tr>{columns.map((name, i) => <Table.Th key={name} scope="col" className={i > 2 ? classes.end : undefined}>{name}</Table.Th>)}</Table.Tr></Table.Thead>
        <Table.Tbody>{rows.map((pull) => <Row key={`${pull.repository_id} ${pull.number}`} pull={pull} shown={shown} />)}</Table.Tbody>
      </Table>
    </div>
  )
}

function Row({ pull: p, shown }: { pull: MeasuredPullRequest; shown: Shown }) {
  const at = p[ends[shown]]
  return (
    <Table.Tr data-testid="pull-request">
      <Table.Th scope="row" fw={400}><PullRequestName pull={p} /></Table.Th>
      <Table.Td data-label="Author">{p.person}</Table.Td>
      <Table.Td data-label={endWords[shown]}>{at ? <Time at={at} stop={false} form="clock" /> : '–'}</Table.Td>
      <Table.Td data-label="To merge" className={classes.end}>{hours(p.hours_to_merge)}</Table.Td>
      <Table.Td data-label="To first response" className={classes.end}>{hours(p.hours_to_first_response)}</Table.Td>
      <Table.Td data-label="Iteration" className={classes.end}>{hours(p.iteration_hours)}</Table.Td>
      <Table.Td data-label="Responses" className={classes.end}>{count(p.responses)}</Table.Td>
      <Table.Td data-label="Longest" className={classes.end}>{count(p.longest_response)} words</Table.Td>
      <Table.Td data-label="Lines" className={classes.end}>{p.lines === null ? '–' : count(p.lines)}</Table.Td>
    </Table.Tr>
  )
}
