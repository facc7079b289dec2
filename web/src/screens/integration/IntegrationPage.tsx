import { Tabs } from '@mantine/core'
import { usePrefetchQuery, useQuery } from '@tanstack/react-query'
import { Outlet, useNavigate, useParams, useRouterState } from '@tanstack/react-router'
import { integrationQuery, organizationsQuery, type Integration } from '../../api/integrations'
import { useLive } from '../../api/live'
import { toApiError } from '../../api/problem'
import { clock } from '../../format/time'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { LinkButton } from '../../parts/links'
import { Loading } from '../../parts/Loading'
import { Page } from '../../parts/Page'
import { Alerts } from './Alerts'
import { Deleting } from './Deleting'
import { Header } from './Header'
import { Rename } from './Rename'
import { tabOf, tabs } from './tabs'

/** S7: one integration, its state above the tabs. */
export function IntegrationPage() {
  const { id } = useParams({ from: '/settings/integrations/$id' })
  const { data, error, isPending, refetch, dataUpdatedAt } = useQuery(integrationQuery(id))
  usePrefetchQuery(organizationsQuery(id)) // most tabs show them: they need not wait for the integration
  const gone = [404, 422].includes(toApiError(error).status)
  if (gone && data?.lifecycle !== 'deleting') return <Gone /> // how a deletion ended stays to be read
  if (data) {
    return (
      <>
        {error && !gone && <ErrorPanel what={`This could not be updated. It is from ${clock(new Date(dataUpdatedAt), new Date())}`} error={error} retry={() => void refetch()} />}
        <Details integration={data} />
      </>
    )
  }
  return (
    <Page title={['Integration', 'Integrations']} heading="Integration" provisional>
      {isPending ? <Loading rows={4} /> : <ErrorPanel what="The integration could not be read" error={error} retry={() => void refetch()} />}
    </Page>
  )
}

function Details({ integration: i }: { integration: Integration }) {
  const tab = useRouterState({ select: (s) => tabOf(s.location.pathname) })
  const navigate = useNavigate()
  const { paused } = useLive(i.id)
  if (i.lifecycle === 'deleting') return <Page title={[i.name, 'Integrations']} heading={i.name}><Deleting id={i.id} /></Page>
  const go = (value: string | null) => {
    const next = tabs.find((t) => t.value === value)
    if (next) void navigate({ to: next.to, params: { id: i.id } })
  }
  return (
    <Page title={[tab.name, i.name, 'Integrations']} heading={i.name} beside={<Rename integration={i} />} actions={<Header.Actions integration={i} />}>
      <Header.Facts integration={i} paused={paused} />
      <Alerts integration={i} />
      <Tabs value={tab.value} onChange={go} keepMounted={false}>
        <Tabs.List mb="md">{tabs.map((t) => <Tabs.Tab key={t.value} value={t.value}>{t.name}</Tabs.Tab>)}</Tabs.List>
        {tabs.map((t) => <Tabs.Panel key={t.value} value={t.value}>{t.value === tab.value && <Outlet />}</Tabs.Panel>)}
      </Tabs>
    </Page>
  )
}

function Gone() {
  return (
    <Page title={['Not found', 'Integrations']} heading="This integration was deleted or you don't have access">
      <LinkButton to="/settings/integrations">Go to integrations</LinkButton>
    </Page>
  )
}
