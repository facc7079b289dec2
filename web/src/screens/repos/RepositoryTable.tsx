import { Checkbox, Group, Stack, Table, Text } from '@mantine/core'
import type { Repository } from '../../api/repositories'
import { count } from '../../format/count'
import { repositoryStatusLooks } from '../../format/status'
import { ExternalLink, TextLink } from '../../parts/links'
import { SortHeader } from '../../parts/SortHeader'
import { Status } from '../../parts/Status'
import { Time } from '../../parts/Time'
import type { RepositoriesSearch } from './search'

type Sort = RepositoriesSearch['sort']

interface Props {
  caption: string
  rows: Repository[]
  sort: Sort
  onSort: (sort: Sort) => void
  /** Which rows are ticked; absent where nothing can be done with them. */
  chosen?: { has: (r: Repository) => boolean; toggle: (rows: Repository[], on: boolean) => void } | undefined
  /** With the integration of each, for lists over all of them. */
  integration?: boolean
  menu?: (r: Repository) => React.ReactNode
}

export function RepositoryTable({ caption, rows, sort, onSort, chosen, integration = false, menu }: Props) {
  const ticked = chosen ? rows.filter(chosen.has).length : 0
  return (
    <div className="rows">
      <Table className="cards" verticalSpacing={6} data-testid="repositories">
        <Table.Caption className="visually-hidden">{caption}</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            {chosen && <Table.Th scope="col" w={36}><Checkbox size="xs" aria-label={`Select all of ${caption}`} checked={ticked > 0 && ticked === rows.length} indeterminate={ticked > 0 && ticked < rows.length} onChange={(event) => chosen.toggle(rows, event.currentTarget.checked)} /></Table.Th>}
            <SortHeader name="Repo" sorted={sort === undefined ? 'ascending' : undefined} onSort={() => onSort(undefined)} />
            {integration && <Table.Th scope="col">Integration</Table.Th>}
            <SortHeader name="Last push" sorted={sort === 'pushed_at' ? 'descending' : undefined} onSort={() => onSort('pushed_at')} />
            <Table.Th scope="col">Open PRs</Table.Th>
            <SortHeader name={integration ? 'Data status' : 'Status'} sorted={sort === 'status' ? 'descending' : undefined} onSort={() => onSort('status')} />
            <Table.Th scope="col">Complete through</Table.Th>
            {menu && <Table.Th scope="col"><span className="visually-hidden">Actions</span></Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((r) => (
            <Table.Tr key={`${r.integration?.integration_id ?? ''} ${r.id}`} data-testid="repository" data-selected={chosen?.has(r) || undefined}>
              {chosen && <Table.Td data-tick><Checkbox size="xs" aria-label={`Select ${r.full_name}`} checked={chosen.has(r)} onChange={(event) => chosen.toggle([r], event.currentTarget.checked)} /></Table.Td>}
              <Table.Th scope="row" fw={500}><NameCell repository={r} /></Table.Th>
              {integration && <Table.Td data-label="Integration">{r.integration && <TextLink inherit to="/settings/integrations/$id/repos" params={{ id: r.integration.integration_id }}>{r.integration.name}</TextLink>}</Table.Td>}
              <Table.Td data-label="Last push">{r.pushed_at ? <Time at={r.pushed_at} stop={false} /> : <Text size="sm" c="dimmed">Never</Text>}</Table.Td>
              <Table.Td data-label="Open PRs" className="numbers">{r.open_pull_requests === undefined ? '–' : count(r.open_pull_requests)}</Table.Td>
              <Table.Td data-label={integration ? 'Data status' : 'Status'}><StatusCell repository={r} /></Table.Td>
              <Table.Td data-label="Complete through">{r.complete_through ? <Time at={r.complete_through} stop={false} /> : <Text size="sm" c="dimmed">{r.selection === 'imported' ? 'Not yet' : '–'}</Text>}</Table.Td>
              {menu && <Table.Td data-corner>{menu(r)}</Table.Td>}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}

function NameCell({ repository: r }: { repository: Repository }) {
  const facts = [r.archived && 'Archived', r.fork && 'Fork', r.empty && 'Empty', r.disabled && 'Disabled', r.deleted_at && 'Gone from GitHub'].filter((f) => typeof f === 'string')
  return (
    <Group gap={6}>
      <ExternalLink underline="hover" href={r.html_url}>{r.full_name}<span className="visually-hidden"> on GitHub</span></ExternalLink>
      {r.visibility !== 'public' && <span className="service" data-on><Lock /> {r.visibility === 'internal' ? 'Internal' : 'Private'}</span>}
      {facts.map((fact) => <span key={fact} className="service" data-on>{fact}</span>)}
      {r.language && <Text span size="xs" c="dimmed">{r.language}</Text>}
    </Group>
  )
}

/** Drawn, since not every font has one. */
function Lock() {
  return <svg width="10" height="12" viewBox="0 0 10 12" aria-hidden="true" style={{ verticalAlign: -1 }}><rect x="1" y="5" width="8" height="6.5" rx="1" fill="currentColor" /><path d="M2.75 5V3.5a2.25 2.25 0 0 1 4.5 0V5" fill="none" stroke="currentColor" strokeWidth="1.3" /></svg>
}

const selectionWords = { available: 'Not imported', ignored: 'Ignored', excluded_by_rule: 'Excluded by a rule' } as const

function StatusCell({ repository: r }: { repository: Repository }) {
  if (r.selection !== 'imported') {
    return <Text size="sm" c="dimmed">{r.purge_requested_at ? 'Deleting what is stored' : selectionWords[r.selection]}</Text>
  }
  return (
    <Stack gap={0} align="flex-start">
      {r.status && <Status look={repositoryStatusLooks[r.status]} />}
      {r.cause && <Text size="xs" c="dimmed" maw={280}>{r.cause.title}</Text>}
    </Stack>
  )
}
