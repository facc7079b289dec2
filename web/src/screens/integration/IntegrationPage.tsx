import { Tabs } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Outlet, useNavigate, useParams, useRouterState } from '@tanstack/react-router'
import { integrationQuery, type Integration } from '../../api/integrations'
import { useLive } from '../../api/live'
import { toApiError } from '../../api/problem'
import { clock } from '../../format/time'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { LinkButton } from '../../parts/links'
import { Loading } from '../../parts/Loading'
import { Page } from '../../parts/Page'
import { Alerts } from './Alerts'
import { Deleting } from './Deleting'
import { HeaderActions, HeaderFacts } from './Header'
import { Rename } from './Rename'
import { tabOf, tabs } from './tabs'

/** S7: one integration, its state above the tabs. What a tab shows does not wait for that. */
export function IntegrationPage() {
  const { id } = useParams({ from: '/settings/integrations/$id' })
  const { data, error, refetch, dataUpdatedAt } = useQuery(integrationQuery(id))
  const gone = [404, 422].includes(toApiError(error).status)
  if (gone && data?.lifecycle !== 'deleting') return <Gone /> // how a deletion ended stays to be read
  if (data?.lifecycle === 'deleting') return <Page title={[data.name, 'Integrations']} heading={data.name}><Deleting id={id} /></Page>
  const stale = data && `This could not be updated. It is from ${clock(new Date(dataUpdatedAt), new Date())}`
  return (
    <>
      {error && <ErrorPanel what={stale ?? 'The integration could not be read'} error={error} retry={() => void refetch()} />}
      <Details id={id} integration={data} />
    </>
  )
}

function Details({ id, integration: i }: { id: string; integration: Integration | undefined }) {
  const tab = useRouterState({ select: (s) => tabOf(s.location.pathname) })
  const navigate = useNavigate()
  const { paused } = useLive(id)
  const go = (value: string | null) => {
    const next = tabs.find((t) => t.value === value)
    if (next) void navigate({ to: next.to, params: { id } })
  }
  const name = i?.name ?? 'Integration'
  return (
    <Page title={[tab.name, name, 'Integrations']} heading={name} provisional={!i} beside={i && <Rename integration={i} />} actions={i && <HeaderActions integration={i} />}>
      {i ? <HeaderFacts integration={i} paused={paused} /> : <Loading rows={2} height={22} />}
      {i && <Alerts integration={i} />}
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
