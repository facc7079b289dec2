import { Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { IntegrationOrganization } from '../../api/integrations'
import type { Sync } from '../../api/live'
import { syncsQuery } from '../../api/syncs'
import { count } from '../../format/count'
import { syncLook, triggerWords } from '../../format/status'
import { storedWords } from '../../format/streams'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { Panel } from '../../parts/Panel'
import { Status } from '../../parts/Status'
import { Time } from '../../parts/Time'

export function RecentSyncs({ id, organizations }: { id: string; organizations: IntegrationOrganization[] }) {
  const { data, error, isPending, refetch } = useQuery(syncsQuery(id, 5))
  return (
    <Panel title="Latest syncs" flush>
      {isPending && <Loading rows={3} height={30} />}
      {error && !data && <ErrorPanel what="The syncs could not be read" error={error} retry={() => void refetch()} />}
      {data?.items.length === 0 && <Text size="sm" c="dimmed" px="md" pb="md">First sync starts when a repo is imported.</Text>}
      {data && data.items.length > 0 && (
        <div className="rows">
          <Table className="cards" verticalSpacing={6}>
            <Table.Caption className="visually-hidden">Latest syncs</Table.Caption>
            <Table.Thead><Table.Tr><Table.Th scope="col">Started</Table.Th><Table.Th scope="col">Organization</Table.Th><Table.Th scope="col">Trigger</Table.Th><Table.Th scope="col">Result</Table.Th><Table.Th scope="col">Stored</Table.Th><Table.Th scope="col">Requests</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>{data.items.map((sync) => <Row key={sync.id} sync={sync} organization={organizations.find((o) => o.id === sync.organization_id)?.login ?? '–'} />)}</Table.Tbody>
          </Table>
        </div>
      )}
    </Panel>
  )
}

function Row({ sync, organization }: { sync: Sync; organization: string }) {
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={500}><Time at={sync.started_at ?? sync.created_at} stop={false} /></Table.Th>
      <Table.Td data-label="Organization">{organization}</Table.Td>
      <Table.Td data-label="Trigger">{triggerWords[sync.trigger]}</Table.Td>
      <Table.Td data-label="Result"><Status look={syncLook(sync)} />{sync.cause && <Text size="xs" c="dimmed">{sync.cause.title}</Text>}</Table.Td>
      <Table.Td data-label="Stored" className="numbers">{storedWords(sync.stored as Record<string, unknown>, count) || 'Nothing new'}</Table.Td>
      <Table.Td data-label="Requests" className="numbers">{count(sync.usage.requests)}</Table.Td>
    </Table.Tr>
  )
}
