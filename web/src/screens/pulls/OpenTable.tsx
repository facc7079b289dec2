import { Table, Text } from '@mantine/core'
import type { OpenPullRequest } from '../../api/pullRequests'
import { count, list, plural } from '../../format/count'
import { hours } from '../../format/hours'
import { Status } from '../../parts/Status'
import { Time } from '../../parts/Time'
import { PullRequestName } from './PullRequestName'
import classes from './pulls.module.css'
import { waitLooks, waitsOn } from './waits'

const columns = ['Pull request', 'Author', 'Waits for', 'Age', 'Lines', 'Reviews']

export function OpenTable({ rows }: { rows: OpenPullRequest[] }) {
  return (
    <div className="panel rows">
      <Table className="cards numbers" verticalSpacing={6}>
        <Table.Caption className="visually-hidden">Open pull requests, the oldest first</Table.Caption>
        <Table.Thead><Table.Tr>{columns.map((name) => <Table.Th key={name} scope="col" className={name === 'Age' || name === 'Lines' ? classes.end : undefined}>{name}</Table.Th>)}</Table.Tr></Table.Thead>
        <Table.Tbody>{rows.map((pull) => <Row key={`${pull.repository_id} ${pull.number}`} pull={pull} />)}</Table.Tbody>
      </Table>
    </div>
  )
}

function Row({ pull: p }: { pull: OpenPullRequest }) {
  return (
    <Table.Tr data-testid="open-pull-request">
      <Table.Th scope="row" fw={400}><PullRequestName pull={p} /></Table.Th>
      <Table.Td data-label="Author">{p.person}</Table.Td>
      <Table.Td data-label="Waits for">
        <div><Status look={waitLooks[p.waits_for]} /><Text size="xs" c="dimmed" mt={2}>{waitsOn(p.waits_for, list(p.waiting_on))}{p.waiting_since && p.waiting_on.length > 0 && <>, since <Time at={p.waiting_since} stop={false} form="clock" /></>}</Text></div>
      </Table.Td>
      <Table.Td data-label="Age" className={classes.end}>{hours(p.age_hours)}</Table.Td>
      <Table.Td data-label="Lines" className={classes.end}>{p.lines === null ? '–' : count(p.lines)}</Table.Td>
      <Table.Td data-label="Reviews">{p.responses === 0 ? 'No response yet' : <span><span className={classes.whole}>{plural(p.responses, 'response')},</span> <span className={classes.whole}>{plural(p.approvals, 'approval')}</span></span>}</Table.Td>
    </Table.Tr>
  )
}
