import { Button, Group, Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useCallback, useState } from 'react'
import { integrationsQuery, organizationsQuery } from '../../api/integrations'
import { repositoriesQuery } from '../../api/repositories'
import { compact } from '../../format/search'
import { Choice } from '../../parts/Choice'
import { SearchField } from '../../parts/SearchField'
import { whoOf } from './period'
import type { PullsSearch } from './search'

interface Props { search: PullsSearch; change: (next: PullsSearch) => void }

/** Of whom and of what. */
export function WhoseFilters({ search, change }: Props) {
  const integrations = useInfiniteQuery(integrationsQuery({}))
  const names = Object.fromEntries((integrations.data?.pages ?? []).flatMap((page) => page.items).map((i) => [i.id, i.name]))
  const onPerson = useCallback((person: string | undefined) => change({ person }), [change])
  const filtered = Object.keys(whoOf(search)).length > 0
  return (
    <Group gap="sm" align="end" role="search" aria-label="Filter pull requests">
      {(Object.keys(names).length > 1 || search.integration) && <Choice label="Integration" value={search.integration} options={Object.keys(names)} words={names} onChoose={(integration) => change({ integration, organization: undefined, repository: undefined })} />}
      {search.integration && <OrganizationChoice integration={search.integration} search={search} change={change} />}
      <RepositoryChoice search={search} change={change} />
      <SearchField label="Person" placeholder="login or e-mail" value={search.person} onSearch={onPerson} style={{ flex: '1 1 10rem', maxWidth: '16rem' }} />
      {filtered && <Button variant="default" onClick={() => change({ integration: undefined, organization: undefined, repository: undefined, person: undefined })}>Clear</Button>}
    </Group>
  )
}

function OrganizationChoice({ integration, search, change }: Props & { integration: string }) {
  const { data } = useQuery(organizationsQuery(integration))
  const logins = Object.fromEntries((data?.items ?? []).filter((o) => o.claimed).map((o) => [String(o.id), o.login]))
  if (Object.keys(logins).length < 2 && !search.organization) return null
  return <Choice label="Organization" value={search.organization ? String(search.organization) : undefined} options={Object.keys(logins)} words={logins} onChoose={(o) => change({ organization: o ? Number(o) : undefined, repository: undefined })} />
}

/** There can be thousands: they are looked for by a part of their name. */
function RepositoryChoice({ search, change }: Props) {
  const [text, setText] = useState('')
  const [q] = useDebouncedValue(text, 250)
  const { data } = useInfiniteQuery(repositoriesQuery(search.integration, compact({ selection: ['imported' as const], organization: search.organization, q: q.includes('#') ? undefined : q || undefined })))
  const found = (data?.pages[0]?.items ?? []).map((r) => ({ value: String(r.id), label: r.full_name }))
  const chosen = search.repository === undefined ? null : String(search.repository)
  const options = chosen === null || found.some((r) => r.value === chosen) ? found : [...found, { value: chosen, label: `Repo #${chosen}` }]
  return (
    <Select
      label="Repo" placeholder="All" searchable clearable value={chosen} data={options} onSearchChange={setText} nothingFoundMessage="No imported repo has such a name." style={{ flex: '1 1 12rem', maxWidth: '20rem' }}
      clearButtonProps={{ 'aria-label': 'All repos' }} onChange={(id) => change({ repository: id ? Number(id) : undefined })}
    />
  )
}
