import { Group, NativeSelect, Select } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { integrationsQuery } from '../../api/integrations'
import { repositoriesQuery } from '../../api/repositories'
import { PersonField } from './PersonField'

/** Whose and which things a report is about. */
interface About { person?: string | undefined; repository?: number | undefined; organization?: number | undefined; integration?: string | undefined }

interface Props { label: string; search: About; people: string[]; change: (next: About) => void }

export function Filters({ label, search, people, change }: Props) {
  const { data } = useInfiniteQuery(integrationsQuery({}))
  const integrations = data?.pages.flatMap((page) => page.items) ?? []
  const organizations = integrations.filter(({ id }) => !search.integration || id === search.integration).flatMap((i) => i.organizations)
  return (
    <Group gap="sm" align="end" role="search" aria-label={label} mb="sm">
      <PersonField value={search.person} names={people} onChoose={(person) => change({ person })} />
      <RepositoryField value={search.repository} onChoose={(repository) => change({ repository })} />
      {(organizations.length > 1 || search.organization !== undefined) && (
        <NativeSelect
          label="Organization" value={search.organization ?? ''} style={{ flex: '1 1 8.5rem', maxWidth: '14rem' }} onChange={(event) => change({ organization: Number(event.currentTarget.value) || undefined })}
          data={[{ value: '', label: 'Any' }, ...organizations.map((o) => ({ value: String(o.id), label: o.login }))]}
        />
      )}
      {(integrations.length > 1 || search.integration !== undefined) && (
        <NativeSelect
          label="Integration" value={search.integration ?? ''} style={{ flex: '1 1 8.5rem', maxWidth: '14rem' }} onChange={(event) => change({ integration: event.currentTarget.value || undefined, organization: undefined })}
          data={[{ value: '', label: 'Any' }, ...integrations.map(({ id, name }) => ({ value: id, label: name }))]}
        />
      )}
    </Group>
  )
}

function RepositoryField({ value, onChoose }: { value: number | undefined; onChoose: (id: number | undefined) => void }) {
  const [text, setText] = useState('')
  const [picked, setPicked] = useState<{ value: string; label: string }>()
  const q = text === picked?.label ? '' : text.trim()
  const { data } = useInfiniteQuery(repositoriesQuery(undefined, { selection: ['imported'], ...(q ? { q } : {}) }))
  const found = (data?.pages ?? []).flatMap((page) => page.items).map((r) => ({ value: String(r.id), label: r.full_name }))
  const chosen = value === undefined ? undefined : String(value)
  const known = chosen === undefined || found.some((o) => o.value === chosen)
  const options = known ? found : [...found, picked?.value === chosen && picked ? picked : { value: chosen, label: `Repository ${chosen}` }]
  return (
    <Select
      label="Repository" placeholder="Any" searchable clearable nothingFoundMessage="No imported repository has this name" data={options} value={chosen ?? null} style={{ flex: '1 1 14rem', maxWidth: '22rem' }}
      clearButtonProps={{ 'aria-label': 'Any repository' }} searchValue={text} onSearchChange={setText} filter={({ options: all }) => all}
      onChange={(id, option) => { setPicked(option ?? undefined); onChoose(id === null ? undefined : Number(id)) }}
    />
  )
}
