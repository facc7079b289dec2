import { Button, Table, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { auditQuery, type AuditEvent } from '../../api/access'
import { actionWords, detailWords } from '../../format/actions'
import type { Look } from '../../format/status'
import { zone } from '../../format/time'
import { Empty } from '../../parts/Empty'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { LoadMore } from '../../parts/LoadMore'
import { Page } from '../../parts/Page'
import { Status } from '../../parts/Status'
import { Time } from '../../parts/Time'

const outcomes: Record<AuditEvent['outcome'], Look> = {
  begun: { word: 'Going on, or cut off', colour: 'blue', shape: 'half' },
  done: { word: 'Done', colour: 'green', shape: 'dot' },
  refused: { word: 'Refused', colour: 'amber', shape: 'alert' },
  failed: { word: 'Failed', colour: 'red', shape: 'cross' },
}

/** Who changed what, and when. */
export function AuditLog() {
  const events = useInfiniteQuery(auditQuery)
  const { data, error, isPending, refetch, isFetching, isFetchingNextPage } = events
  const rows = data?.pages.flatMap((page) => page.items) ?? []
  return (
    <Page title={['Audit log']} heading="Audit log" actions={<Button variant="default" loading={isFetching && !isFetchingNextPage && !isPending} onClick={() => void refetch()}>Update</Button>}>
      <Text size="sm" mb="md">Everything that was changed or tried through the API, the pages or the command line. What was sent as text is not recorded: it could be a secret.</Text>
      {isPending && <Loading />}
      {error && <ErrorPanel what="The audit log could not be read" error={error} retry={() => void refetch()} />}
      {data && rows.length === 0 && <Empty title="Nothing was changed yet">Each change will be listed here.</Empty>}
      {rows.length > 0 && (
        <div className="panel rows">
          <Table className="cards" data-testid="audit-log">
            <Table.Caption className="visually-hidden">Changes, newest first</Table.Caption>
            <Table.Thead><Table.Tr><Table.Th scope="col">When</Table.Th><Table.Th scope="col">Who</Table.Th><Table.Th scope="col">What</Table.Th><Table.Th scope="col">Outcome</Table.Th><Table.Th scope="col">From</Table.Th><Table.Th scope="col">Request</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>{rows.map((event) => <Row key={event.id} event={event} />)}</Table.Tbody>
          </Table>
        </div>
      )}
      <LoadMore list={events} shown={rows.length} total={data?.pages[0]?.total} mt="md" />
      {rows.length > 0 && <Text size="xs" c="dimmed" mt="sm">Times are shown in {zone()}.</Text>}
    </Page>
  )
}

function Row({ event: e }: { event: AuditEvent }) {
  const details = detailWords(e.details)
  const code = e.details.code
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={500}><Time at={e.at} stop={false} form="clock" /></Table.Th>
      <Table.Td data-label="Who"><div>{e.actor_name || e.actor || 'Nobody'}{e.role && <Text span size="sm" c="dimmed"> ({e.role})</Text>}</div></Table.Td>
      <Table.Td data-label="What">
        <div>{actionWords(e.action)}{details && <Text size="xs" c="dimmed">{details}</Text>}{e.subject_id && <Text size="xs" c="dimmed">{e.subject_kind} <code>{e.subject_id}</code></Text>}</div>
      </Table.Td>
      <Table.Td data-label="Outcome"><div><Status look={outcomes[e.outcome]} />{code && <Text size="xs" c="dimmed"><code>{code}</code></Text>}</div></Table.Td>
      <Table.Td data-label="From">{e.remote_address || 'The server itself'}</Table.Td>
      <Table.Td data-label="Request">{e.request_id ? <code style={{ whiteSpace: 'nowrap' }}>{e.request_id.slice(0, 8)}</code> : '–'}</Table.Td>
    </Table.Tr>
  )
}
