import { SimpleGrid, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { integrationQuery, organizationsQuery } from '../../api/integrations'
import { useLiveSyncs } from '../../api/live'
import { zone } from '../../format/time'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { Budgets } from './Budgets'
import { Counters } from './Counters'
import { Ingestion } from './Ingestion'
import { NoneImported } from './NoneImported'
import { Organizations } from './Organizations'
import { RecentSyncs } from './RecentSyncs'
import { Timeline } from './Timeline'

/** S7a: what is going on, and how far it is. */
export function Overview() {
  const { id } = useParams({ from: '/settings/integrations/$id' })
  const { data: integration } = useQuery(integrationQuery(id))
  const organizations = useQuery(organizationsQuery(id))
  const live = useLiveSyncs(id)
  if (organizations.isPending || !integration) return <Loading rows={4} height={72} />
  const rows = organizations.data?.items ?? []
  const found = rows.reduce((sum, o) => sum + o.repositories.visible, 0)
  const imported = rows.reduce((sum, o) => sum + o.repositories.imported, 0)
  return (
    <Stack gap="md">
      {organizations.error && <ErrorPanel what="The organizations could not be read" error={organizations.error} retry={() => void organizations.refetch()} />}
      {!organizations.error && imported === 0 && !integration.creating && (
        <NoneImported id={id} found={found} />
      )}
      <Counters id={id} />
      <Ingestion live={live} organizations={rows} firstTime={!integration.complete_through} />
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <Organizations rows={rows} />
        <Budgets id={id} />
      </SimpleGrid>
      <RecentSyncs id={id} organizations={rows} />
      <Timeline id={id} organizations={rows} />
      <Text size="xs" c="dimmed">Times are shown in {zone()}.</Text>
    </Stack>
  )
}
