import { Group } from '@mantine/core'
import { useCallback } from 'react'
import { dataStatusLooks, methodWords, serviceWords } from '../../format/status'
import { Choice } from '../../parts/Choice'
import { SearchField } from '../../parts/SearchField'
import { methods, services, statuses, type IntegrationsSearch } from './search'

const statusWords = Object.fromEntries(statuses.map((s) => [s, dataStatusLooks[s].word])) as Record<(typeof statuses)[number], string>

export function Filters({ search, change }: { search: IntegrationsSearch; change: (next: IntegrationsSearch) => void }) {
  // The function of the caller is another one with each render; a search that waits must not begin anew with it.
  const onSearch = useCallback((q: string | undefined) => change({ q }), [])
  return (
    <Group gap="sm" align="end" mb={4} role="search" aria-label="Filter integrations">
      <SearchField label="Search" placeholder="Name or organization" value={search.q} onSearch={onSearch} style={{ flex: '1 1 14rem' }} />
      <Choice label="Status" value={search.status} options={statuses} words={statusWords} onChoose={(status) => change({ status })} />
      <Choice label="Method" value={search.method} options={methods} words={methodWords} onChoose={(method) => change({ method })} />
      <Choice label="Service" value={search.service} options={services} words={{ ...serviceWords, webhooks: 'Webhooks' }} onChoose={(service) => change({ service })} />
    </Group>
  )
}
