import { Code, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { providersQuery } from '../../api/connections'
import { list } from '../../format/count'
import { serviceWords } from '../../format/status'
import { ErrorPanel } from '../../parts/ErrorPanel'

/** The permissions of the App and what needs them, as the API lists them. */
export function AppPermissions() {
  const { data, error, refetch } = useQuery(providersQuery)
  const permissions = data?.[0]?.auth_methods.find((m) => m.id === 'github_app')?.permissions ?? []
  if (error && !data) return <ErrorPanel what="The permissions could not be read" error={error} retry={() => void refetch()} />
  return (
    <div>
      <Table verticalSpacing={4} maw="32rem" data-testid="app-permissions">
        <Table.Caption className="visually-hidden">What the App reads with</Table.Caption>
        <Table.Thead><Table.Tr><Table.Th scope="col">What the App reads with</Table.Th><Table.Th scope="col">For</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>
          {permissions.map((p) => <Table.Tr key={p.name}><Table.Th scope="row" fw={400}><Code>{p.name}: {p.access}</Code></Table.Th><Table.Td>{list(p.services.map((s) => serviceWords[s]))}</Table.Td></Table.Tr>)}
        </Table.Tbody>
      </Table>
      <Text size="sm" c="dimmed" mt={4}>It writes nothing to GitHub.</Text>
    </div>
  )
}
