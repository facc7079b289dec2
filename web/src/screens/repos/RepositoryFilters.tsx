import { Group, NativeSelect } from '@mantine/core'
import { useCallback } from 'react'
import type { RepositoryPage } from '../../api/repositories'
import { repositoryStatusLooks } from '../../format/status'
import { Choice } from '../../parts/Choice'
import { SearchField } from '../../parts/SearchField'
import { periods, repositoryStatuses, visibilities, type RepositoriesSearch } from './search'

const visibilityWords = { public: 'Public', private: 'Private', internal: 'Internal' } as const
const periodWords = { week: 'Last 7 days', month: 'Last 30 days', quarter: 'Last 90 days', year: 'Last year' } as const
const statusWords = Object.fromEntries(repositoryStatuses.map((s) => [s, repositoryStatusLooks[s].word])) as Record<(typeof repositoryStatuses)[number], string>
const only = ['true', 'false'] as const

interface Props {
  search: RepositoriesSearch
  languages: RepositoryPage['languages']
  change: (next: RepositoriesSearch) => void
}

export function RepositoryFilters({ search, languages, change }: Props) {
  const onSearch = useCallback((q: string | undefined) => change({ q }), [change])
  const flagOf = (value: boolean | undefined) => (value === undefined ? undefined : value ? 'true' : 'false')
  const asFlag = (value: 'true' | 'false' | undefined) => (value === undefined ? undefined : value === 'true')
  return (
    <Group gap="sm" align="end" role="search" aria-label="Filter repos">
      <SearchField label="Search" placeholder="owner/name" value={search.q} onSearch={onSearch} style={{ flex: '2 1 12rem' }} />
      <Choice label="Status" value={search.status} options={repositoryStatuses} words={statusWords} onChoose={(status) => change({ status })} />
      <Choice label="Visibility" value={search.visibility} options={visibilities} words={visibilityWords} onChoose={(visibility) => change({ visibility })} />
      <Choice label="Archived" value={flagOf(search.archived)} options={only} words={{ true: 'Only archived', false: 'Not archived' }} onChoose={(v) => change({ archived: asFlag(v) })} />
      <Choice label="Forks" value={flagOf(search.fork)} options={only} words={{ true: 'Only forks', false: 'No forks' }} onChoose={(v) => change({ fork: asFlag(v) })} />
      <NativeSelect
        label="Language" value={search.language ?? ''} style={{ flex: '1 1 8.5rem', maxWidth: '14rem' }} onChange={(event) => change({ language: event.currentTarget.value || undefined })}
        data={[{ value: '', label: 'Any' }, ...withChosen(languages, search.language).map((l) => ({ value: l.language, label: l.repositories ? `${l.language} (${l.repositories})` : l.language }))]}
      />
      <Choice label="Pushed within" value={search.pushed} options={periods} words={periodWords} onChoose={(pushed) => change({ pushed })} />
    </Group>
  )
}

/** The chosen language stays in the list, also where other filters leave none of it; what GitHub names no language for has no entry. */
function withChosen(languages: RepositoryPage['languages'], chosen: string | undefined) {
  const named = languages.filter((l) => l.language !== '')
  return chosen === undefined || named.some((l) => l.language === chosen) ? named : [...named, { language: chosen, repositories: 0 }]
}
