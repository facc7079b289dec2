import { Button, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { integrationsQuery } from '../../api/integrations'
import { compact } from '../../format/search'
import { clock, zone } from '../../format/time'
import { Empty } from '../../parts/Empty'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { LinkButton } from '../../parts/links'
import { Loading } from '../../parts/Loading'
import { LoadMore } from '../../parts/LoadMore'
import { Page } from '../../parts/Page'
import { Updating } from '../../parts/Updating'
import { Filters } from './Filters'
import { FirstRun } from './FirstRun'
import { IntegrationsTable } from './IntegrationsTable'
import { isFiltered, type IntegrationsSearch } from './search'
import { Summary } from './Summary'
import { UpdateAll } from './UpdateAll'

/** S1: the health of everything that is connected, and where a new one begins. */
export function Integrations() {
  const search = useSearch({ from: '/settings/integrations' })
  const navigate = useNavigate({ from: '/settings/integrations' })
  const change = (next: IntegrationsSearch) => void navigate({ search: (before) => compact({ ...before, ...next }), replace: true })
  const { q, status, method, service, sort } = search
  const integrations = useInfiniteQuery(integrationsQuery(compact({
    q, status: status && [status], auth_method: method && [method], service: service && [service], sort,
  })))
  const { data, error, isPending, isPlaceholderData, refetch } = integrations
  const rows = data?.pages.flatMap((page) => page.items) ?? []
  const first = data?.pages[0]
  const none = first && rows.length === 0
  const add = <LinkButton to="/settings/integrations/new" data-testid="add-integration">Add integration</LinkButton>
  return (
    <Page title={['Integrations']} heading="Integrations" actions={<>{rows.length > 0 && <UpdateAll rows={rows} />}{add}</>}>
      {isPending && <Loading />}
      {error && (
        <ErrorPanel
          what={data ? `The integrations could not be updated. These are from ${clock(new Date(integrations.dataUpdatedAt), new Date())}` : 'The integrations could not be read'}
          error={error} retry={() => void refetch()}
        />
      )}
      {none && !isFiltered(search) && !isPlaceholderData && <FirstRun />}
      {first && (rows.length > 0 || isFiltered(search)) && (
        <>
          <Summary summary={first.summary} />
          <Filters search={search} change={change} />
          <Updating shown={isPlaceholderData} />
          {rows.length > 0
            ? <IntegrationsTable rows={rows} sort={sort} onSort={(next) => change({ sort: next })} />
            : <Empty title="No integration matches" action={<Button variant="default" onClick={() => change({ q: undefined, status: undefined, method: undefined, service: undefined })}>Clear</Button>}>No integration has all that you filter by.</Empty>}
          <LoadMore list={integrations} shown={rows.length} total={first.total} mt="md" />
          <Text size="xs" c="dimmed" mt="sm">Times are shown in {zone()}.</Text>
        </>
      )}
    </Page>
  )
}
