import { Button, Group as Row, Stack, Text } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { integrationQuery, type IntegrationOrganization } from '../../api/integrations'
import { repositoriesQuery } from '../../api/repositories'
import { isReadable } from '../../format/access'
import { plural } from '../../format/count'
import { Empty } from '../../parts/Empty'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Updating } from '../../parts/Updating'
import { BulkBar } from './BulkBar'
import { ExclusionRules } from './ExclusionRules'
import { filterOf, isFiltered, noFilter } from './filter'
import { Group } from './Group'
import { MissingGroup } from './MissingGroup'
import { RefreshGroups } from './RefreshGroups'
import { RepositoryFilters } from './RepositoryFilters'
import type { RepositoriesSearch, View } from './search'
import { useChosen } from './useChosen'
import { Views } from './Views'

interface Props { id: string; organizations: IntegrationOrganization[]; view: View; search: RepositoriesSearch; change: (next: RepositoriesSearch) => void }

/** One view of the repositories, organization by organization, and what can be done with those that are ticked. */
export function Groups({ id, organizations, view, search, change }: Props) {
  const { data: integration } = useQuery(integrationQuery(id))
  const { sort, ...filter } = filterOf(search, view, new Date())
  // Of all groups: what there is to choose from. Each group asks for its own rows.
  const whole = useInfiniteQuery(repositoriesQuery(id, { sort, ...filter }))
  const first = whole.data?.pages[0]
  const chosen = useChosen(`${id} ${view}`, JSON.stringify(filter))
  const shown = organizations.filter((o) => search.organization === undefined || o.id === search.organization)
  // Of many groups, those in which people have chosen something are worth a look.
  const opened = shown.length <= 3 ? shown : shown.filter((o) => o.repositories.imported > 0).slice(0, 3)
  return (
    <Stack gap="sm">
      <Row justify="space-between" gap="sm">
        <Views view={view} counts={first?.selections} onView={(next) => change({ view: next })} />
        <Row gap="xs"><ExclusionRules id={id} /><RefreshGroups id={id} /></Row>
      </Row>
      <RepositoryFilters search={search} languages={first?.languages ?? []} change={change} />
      {search.organization !== undefined && <Row gap="xs"><Text size="sm">Only {shown[0]?.login ?? 'one organization'}.</Text><Button size="compact-xs" variant="default" onClick={() => change({ organization: undefined })}>Show all organizations</Button></Row>}
      {integration?.creating && <Text size="sm"><span role="status">Reading {organizations.find((o) => o.access === 'checking')?.login ?? 'the organizations'}…</span> {plural(organizations.reduce((sum, o) => sum + o.repositories.visible, 0), 'repo')} so far</Text>}
      <Updating shown={whole.isPlaceholderData} />
      {whole.error && !first && <ErrorPanel what="The repos could not be read" error={whole.error} retry={() => void whole.refetch()} />}
      {organizations.length === 0 && <Empty title="No organization yet">The account sees no organization that it may read. The two causes are below.</Empty>}
      {organizations.length > 0 && !organizations.some((o) => isReadable(o.access) || o.access === 'checking') && <Text size="sm">No organization can be read now; each says why.</Text>}
      {first?.total === 0 && isFiltered(search) && <Empty title="No repo matches" action={<Button variant="default" onClick={() => change(noFilter)}>Clear</Button>}>None of this view has all that you filter by.</Empty>}
      {shown.map((o) => <Group key={o.id} integrationId={id} organization={o} view={view} search={search} change={change} chosen={chosen} open={opened.includes(o)} />)}
      <BulkBar id={id} view={view} chosen={chosen} total={first?.total} first={first?.items ?? []} filter={filter} />
      <MissingGroup id={id} organizations={organizations} />
    </Stack>
  )
}
