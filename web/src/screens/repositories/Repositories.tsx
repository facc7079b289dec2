import { Button, Group, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { repositoriesQuery } from '../../api/repositories'
import { compact } from '../../format/search'
import { clock, zone } from '../../format/time'
import { Empty } from '../../parts/Empty'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { LinkButton } from '../../parts/links'
import { Loading } from '../../parts/Loading'
import { LoadMore } from '../../parts/LoadMore'
import { Page } from '../../parts/Page'
import { Updating } from '../../parts/Updating'
import { filterOf, isFiltered, noFilter } from '../repos/filter'
import { RepositoryFilters } from '../repos/RepositoryFilters'
import { RepositoryTable } from '../repos/RepositoryTable'
import type { RepositoriesSearch } from '../repos/search'
import { Views } from '../repos/Views'

/** S8: the repositories of all integrations. */
export function Repositories() {
  const search = useSearch({ from: '/settings/repos' })
  const navigate = useNavigate({ from: '/settings/repos' })
  const change = useCallback((next: RepositoriesSearch) => void navigate({ search: (before) => compact({ ...before, ...next }), replace: true }), [navigate])
  const view = search.view ?? 'imported'
  const repositories = useInfiniteQuery(repositoriesQuery(undefined, filterOf(search, view, new Date())))
  const { data, error, isPending, isPlaceholderData, refetch, dataUpdatedAt } = repositories
  const rows = data?.pages.flatMap((page) => page.items) ?? []
  const first = data?.pages[0]
  const nothing = first && Object.values(first.selections).every((n) => n === 0) && !isFiltered(search)
  return (
    <Page title={['Repos']} heading="Repos">
      {isPending && <Loading />}
      {error && <ErrorPanel what={data ? `The repos could not be updated. These are from ${clock(new Date(dataUpdatedAt), new Date())}` : 'The repos could not be read'} error={error} retry={() => void refetch()} />}
      {nothing && <Empty title="No repo yet" action={<LinkButton to="/settings/integrations">Go to integrations</LinkButton>}>Repos appear here once an integration has found them.</Empty>}
      {first && !nothing && (
        <>
          <Group mb="sm"><Views view={view} counts={first.selections} onView={(next) => change({ view: next })} /></Group>
          <RepositoryFilters search={search} languages={first.languages} change={change} />
          <Updating shown={isPlaceholderData} />
          {rows.length > 0
            ? <div className="panel"><RepositoryTable integration caption="Repos of all integrations" rows={rows} sort={search.sort} onSort={(sort) => change({ sort })} /></div>
            : <Empty title="No repo matches" action={isFiltered(search) && <Button variant="default" onClick={() => change(noFilter)}>Clear</Button>}>None of this view has all that you filter by.</Empty>}
          <LoadMore list={repositories} shown={rows.length} total={first.total} mt="md" />
          <Text size="xs" c="dimmed" mt="sm">Times are shown in {zone()}.</Text>
        </>
      )}
    </Page>
  )
}
