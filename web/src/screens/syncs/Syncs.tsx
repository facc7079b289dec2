import { Stack, Text } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { integrationQuery, organizationsQuery } from '../../api/integrations'
import { useReadOnlyReason } from '../../api/session'
import { syncHistoryQuery } from '../../api/syncs'
import { compact } from '../../format/search'
import { whyNoSync } from '../../format/status'
import { zone } from '../../format/time'
import { Empty } from '../../parts/Empty'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { LinkButton } from '../../parts/links'
import { Loading } from '../../parts/Loading'
import { Comparisons } from './Comparisons'
import { History } from './History'
import { Schedules } from './Schedules'
import type { SyncsSearch } from './search'
import { SyncDrawer } from './SyncDrawer'

/** S7f: every sync, when the next ones are, and whether what is stored is what GitHub has. */
export function Syncs() {
  const { id } = useParams({ from: '/settings/integrations/$id' })
  const { sync, repos, ...filter } = useSearch({ from: '/settings/integrations/$id/syncs' })
  const navigate = useNavigate({ from: '/settings/integrations/$id/syncs' })
  const change = (next: SyncsSearch) => void navigate({ search: (before) => compact({ ...before, ...next }), replace: true })
  const { data: integration } = useQuery(integrationQuery(id))
  const organizations = useQuery(organizationsQuery(id))
  const history = useInfiniteQuery(syncHistoryQuery(id, filter))
  const readOnly = useReadOnlyReason()
  if (organizations.isPending || !integration) return <Loading rows={5} />
  const rows = organizations.data?.items ?? []
  const read = rows.filter((o) => o.claimed)
  const reason = readOnly ?? whyNoSync(integration.lifecycle)
  const nothing = history.data?.pages[0]?.items.length === 0 && Object.keys(filter).length === 0
  return (
    <Stack gap="md">
      {organizations.error && <ErrorPanel what="The organizations could not be read" error={organizations.error} retry={() => void organizations.refetch()} />}
      {organizations.data && (nothing || read.length === 0) && (
        <Empty title="First sync starts when a repo is imported" action={<LinkButton to="/settings/integrations/$id/repos" params={{ id }}>Choose repos</LinkButton>}>Until then syncs only look which repos there are.</Empty>
      )}
      {!nothing && <History history={history} filter={filter} organizations={rows} change={change} />}
      {read.length > 0 && <Schedules organizations={read} reason={reason} />}
      {read.length > 0 && <Comparisons organizations={read} reason={reason} />}
      <Text size="xs" c="dimmed">Times are shown in {zone()}.</Text>
      <SyncDrawer integrationId={id} id={sync} shown={repos} organizations={rows} reason={reason} change={change} />
    </Stack>
  )
}
