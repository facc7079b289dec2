import { Tabs } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { integrationsQuery } from '../../api/integrations'
import { repositoriesQuery } from '../../api/repositories'
import { compact } from '../../format/search'
import { Empty } from '../../parts/Empty'
import { LinkButton } from '../../parts/links'
import { Page } from '../../parts/Page'
import { Filters } from '../reports/Filters'
import { OpenNow } from './OpenNow'
import { OverTime } from './OverTime'
import { parts, type PullsSearch } from './search'

const words = { open: 'Open now', time: 'Over time' } as const

/** What is open and waits for whom, and how long pull requests take. */
export function PullRequests() {
  const search = useSearch({ from: '/reports/pull-requests' })
  const navigate = useNavigate({ from: '/reports/pull-requests' })
  const change = useCallback((next: PullsSearch) => void navigate({ search: (before) => compact({ ...before, ...next }), replace: true, resetScroll: false }), [navigate])
  const integrations = useInfiniteQuery(integrationsQuery({}))
  const repositories = useInfiniteQuery(repositoriesQuery(undefined, { selection: ['imported'] }))
  const none = integrations.data?.pages[0]?.items.length === 0
  const nothingImported = repositories.data?.pages[0]?.selections.imported === 0
  const part = search.part ?? 'open'
  return (
    <Page title={['Pull requests', 'Reports']} heading="Pull requests">
      {none && <Empty title="Connect GitHub to start" action={<LinkButton to="/settings/integrations/new">Add integration</LinkButton>}>No integration is connected yet. Pull requests are shown here once one is.</Empty>}
      {!none && nothingImported && <Empty title="No repo is imported yet" action={<LinkButton to="/settings/repos" search={{ view: 'available' }}>Choose repos</LinkButton>}>Pull requests are shown here once a repo is imported.</Empty>}
      {!none && !nothingImported && (
        <>
          <Filters label="Filter pull requests" search={search} people={[]} change={change} />
          <Tabs value={part} onChange={(value) => change({ part: parts.find((p) => p === value), of: undefined })} keepMounted={false}>
            <Tabs.List mb="md">{parts.map((p) => <Tabs.Tab key={p} value={p}>{words[p]}</Tabs.Tab>)}</Tabs.List>
            <Tabs.Panel value="open"><OpenNow search={search} change={change} /></Tabs.Panel>
            <Tabs.Panel value="time"><OverTime search={search} change={change} /></Tabs.Panel>
          </Tabs>
        </>
      )}
    </Page>
  )
}
