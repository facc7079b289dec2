import { Group, Stack, Table, Text, Title } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { deliveriesQuery, type WebhookDelivery, type Webhooks } from '../../api/webhooks'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { LoadMore } from '../../parts/LoadMore'
import { Status } from '../../parts/Status'
import { Time } from '../../parts/Time'
import { deliveryCause, deliveryLooks, seconds } from './words'

interface Props { id: string; organization: Webhooks; ping: React.ReactNode }

/** What GitHub delivered, the newest first. */
export function Deliveries({ id, organization: o, ping }: Props) {
  const deliveries = useInfiniteQuery(deliveriesQuery(id, o.organization_id))
  const { data, error, isPending, refetch } = deliveries
  const rows = data?.pages.flatMap((page) => page.items) ?? []
  return (
    <Stack gap="xs">
      <Title order={3}>Deliveries</Title>
      {isPending && <Loading rows={3} height={30} />}
      {error && <ErrorPanel what="The deliveries could not be read" error={error} retry={() => void refetch()} />}
      {data && rows.length === 0 && (
        <Group gap="sm" data-testid="no-delivery"><Text size="sm">{ping ? 'No delivery yet – send a test' : 'No delivery yet'}</Text>{ping}</Group>
      )}
      {rows.length > 0 && (
        <div className="rows">
          <Table className="cards" verticalSpacing={6} data-testid="deliveries">
            <Table.Caption className="visually-hidden">Deliveries of {o.organization}</Table.Caption>
            <Table.Thead>
              <Table.Tr>{['Received', 'Event', 'Action', 'Repo', 'Result', 'Latency', 'Cause'].map((name) => <Table.Th key={name} scope="col">{name}</Table.Th>)}</Table.Tr>
            </Table.Thead>
            <Table.Tbody>{rows.map((d) => <Row key={`${d.guid} ${d.hook_id ?? ''}`} delivery={d} />)}</Table.Tbody>
          </Table>
        </div>
      )}
      <LoadMore list={deliveries} shown={rows.length} total={data?.pages[0]?.total} size="xs" />
      <Text size="xs" c="dimmed">Bodies are not kept, and deliveries are forgotten after a week.</Text>
    </Stack>
  )
}

function Row({ delivery: d }: { delivery: WebhookDelivery }) {
  return (
    <Table.Tr data-testid="delivery">
      <Table.Th scope="row" fw={500}><Time at={d.received_at} stop={false} /></Table.Th>
      <Table.Td data-label="Event">{d.event}</Table.Td>
      <Table.Td data-label="Action">{d.action ?? '–'}</Table.Td>
      <Table.Td data-label="Repo">{d.repository ?? '–'}</Table.Td>
      <Table.Td data-label="Result"><Status look={deliveryLooks[d.state]} />{d.times > 1 && <Text span size="xs" c="dimmed"> arrived {d.times} times</Text>}</Table.Td>
      <Table.Td data-label="Latency" className="numbers">{d.fresh_seconds === undefined ? '–' : seconds(d.fresh_seconds)}</Table.Td>
      <Table.Td data-label="Cause">{deliveryCause(d)}</Table.Td>
    </Table.Tr>
  )
}
