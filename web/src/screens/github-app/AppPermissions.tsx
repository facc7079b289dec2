import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { providersQuery } from '../../api/connections'
import { permissionsOf } from '../../format/permissions'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { ScopeTable } from '../../parts/ScopeTable'

/** What the App reads with and why, as the API lists it. */
export function AppPermissions() {
  const { data, error, refetch } = useQuery(providersQuery)
  if (error && !data) return <ErrorPanel what="The permissions could not be read" error={error} retry={() => void refetch()} />
  return (
    <div data-testid="app-permissions" style={{ maxWidth: '36rem' }}>
      <ScopeTable name="Permission" scopes={permissionsOf(data?.[0]?.auth_methods.find((m) => m.id === 'github_app'))} caption="Permissions of the App and what they are for" />
      <Text size="sm" c="dimmed" mt={4}>It writes nothing to GitHub.</Text>
    </div>
  )
}
