import { Button, Group, Table, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { PullRequestMetrics } from '../../api/pullRequests'
import { count, plural } from '../../format/count'
import { Panel } from '../../parts/Panel'
import classes from './pulls.module.css'

const few = 10

/** Who looked at others' pull requests. */
export function Reviewers({ reviewers }: Pick<PullRequestMetrics, 'reviewers'>) {
  const [all, { toggle }] = useDisclosure(false)
  return (
    <Panel title="Reviewers" flush>
      {reviewers.length === 0 && <Text size="sm" px="md" pb="md">Nobody reviewed or commented on another's pull request in this period.</Text>}
      {reviewers.length > 0 && (
        <div className="rows">
          <Table className="cards numbers" data-testid="reviewers">
            <Table.Caption className="visually-hidden">Reviewers, who responded to most pull requests first</Table.Caption>
            <Table.Thead><Table.Tr><Table.Th scope="col">Person</Table.Th><Table.Th scope="col" className={classes.end}>Pull requests</Table.Th><Table.Th scope="col" className={classes.end}>Reviews</Table.Th><Table.Th scope="col" className={classes.end}>Comments</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {(all ? reviewers : reviewers.slice(0, few)).map((r) => (
                <Table.Tr key={r.person}>
                  <Table.Th scope="row" fw={500}>{r.person}</Table.Th>
                  <Table.Td data-label="Pull requests" className={classes.end}>{count(r.pull_requests)}</Table.Td>
                  <Table.Td data-label="Reviews" className={classes.end}>{count(r.reviews)}</Table.Td>
                  <Table.Td data-label="Comments" className={classes.end}>{count(r.comments)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      {reviewers.length > few && <Group justify="center" p="sm"><Button size="xs" variant="default" aria-expanded={all} onClick={toggle}>{all ? `Show the first ${few}` : `Show all ${plural(reviewers.length, 'reviewer')}`}</Button></Group>}
    </Panel>
  )
}
