import { Table } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { integrationsQuery } from '../../api/integrations'
import { integrationLook } from '../../format/status'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { Page } from '../../parts/Page'
import { Status } from '../../parts/Status'

export function Integrations() {
  const integrations = useQuery(integrationsQuery)
  return (
    <Page title={['Integrations']} heading="Integrations">
      {integrations.isPending && <Loading />}
      {integrations.isError && <ErrorPanel what="The integrations could not be read" error={integrations.error} retry={() => void integrations.refetch()} />}
      {integrations.data && (
        <Table className="cards">
          <Table.Thead><Table.Tr><Table.Th scope="col">Name</Table.Th><Table.Th scope="col">Data status</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {integrations.data.items.map((i) => (
              <Table.Tr key={i.id}><Table.Th scope="row">{i.name}</Table.Th><Table.Td data-label="Data status"><Status look={integrationLook(i.lifecycle, i.data_status)} /></Table.Td></Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Page>
  )
}
