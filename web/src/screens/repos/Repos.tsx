import { Button, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { integrationQuery, organizationsQuery } from '../../api/integrations'
import { repositoriesQuery } from '../../api/repositories'
import { useInfiniteQuery } from '@tanstack/react-query'
import { isReadable } from '../../format/access'
import { plural } from '../../format/count'
import { compact } from '../../format/search'
import { Empty } from '../../parts/Empty'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { RepositoryFilters } from '../../parts/RepositoryFilters'
import { useNow } from '../../parts/useNow'
import { Updating } from '../../parts/Updating'
import { BulkBar } from './BulkBar'
import { ExclusionRules } from './ExclusionRules'
import { filterOf, isFiltered, noFilter } from './filter'
import { Group as GroupSection } from './Group'
import { MissingGroup } from './MissingGroup'
import { RefreshGroups } from './RefreshGroups'
import type { RepositoriesSearch } from './search'
import { useChosen } from './useChosen'
import { Views } from './Views'

/** S7b: which repositories of which organizations are imported. */
export function Repos() {
  const { id } = useParams({ from: '/settings/integrations/$id' })
  const search = useSearch({ from: '/settings/integrations/$id/repos' })
  const navigate = useNavigate({ from: '/settings/integrations/$id/repos' })
  const change = useCallback((next: RepositoriesSearch) => void navigate({ search: (before) => compact({ ...before, ...next }), replace: true }), [navigate])
  const { data: integration } = useQuery(integrationQuery(id))
  const organizations = useQuery(organizationsQuery(id))
  const rows = organizations.data?.items ?? []
  const view = search.view ?? (rows.some((o) => o.repositories.imported > 0) ? 'imported' : 'available')
  // Of all groups: what there is to choose from. Each group asks for its own rows.
  const whole = useInfiniteQuery({ ...repositoriesQuery(id, filterOf(search, view, useNow())), enabled: organizations.isSuccess })
  const first = whole.data?.pages[0]
  const chosen = useChosen(`${id} ${view}`)

  if (organizations.isPending) return <Loading rows={5} />
  if (!organizations.data) return <ErrorPanel what="The groups could not be read" error={organizations.error} retry={() => void organizations.refetch()} />
  const shown = rows.filter((o) => search.organization === undefined || o.id === search.organization)
  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="sm">
        <Views view={view} counts={first?.selections} onView={(next) => { chosen.clear(); change({ view: next }) }} />
        <Group gap="xs"><ExclusionRules id={id} /><RefreshGroups id={id} /></Group>
      </Group>
      <RepositoryFilters search={search} languages={first?.languages ?? []} change={change} />
      {search.organization !== undefined && <Group gap="xs"><Text size="sm">Only {shown[0]?.login ?? 'one organization'}.</Text><Button size="compact-xs" variant="default" onClick={() => change({ organization: undefined })}>Show all organizations</Button></Group>}
      {integration?.creating && <Text size="sm" role="status">Reading {rows.find((o) => o.access === 'checking')?.login ?? 'the organizations'}… {plural(rows.reduce((sum, o) => sum + o.repositories.visible, 0), 'repo')} so far</Text>}
      <Updating shown={whole.isPlaceholderData} />
      {whole.error && !first && <ErrorPanel what="The repos could not be read" error={whole.error} retry={() => void whole.refetch()} />}
      {rows.length === 0 && <Empty title="No organization yet">The account sees no organization that it may read. The two causes are below.</Empty>}
      {rows.length > 0 && !rows.some((o) => isReadable(o.access) || o.access === 'checking') && <Text size="sm">No organization can be read now; each says why.</Text>}
      {first?.total === 0 && isFiltered(search) && <Empty title="No repo matches" action={<Button variant="default" onClick={() => change(noFilter)}>Clear</Button>}>None of this view has all that you filter by.</Empty>}
      {shown.map((o) => <GroupSection key={o.id} integrationId={id} organization={o} view={view} search={search} change={change} chosen={chosen} open={shown.length <= 3} />)}
      <BulkBar id={id} view={view} chosen={chosen} total={first?.total} filter={filterOf(search, view, new Date())} />
      <MissingGroup id={id} organizations={rows} />
    </Stack>
  )
}
