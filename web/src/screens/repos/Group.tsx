import { Group as Row, Switch, Text, UnstyledButton } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { useAutoImport } from '../../api/groups'
import type { IntegrationOrganization } from '../../api/integrations'
import { repositoriesQuery } from '../../api/repositories'
import { useReadOnlyReason } from '../../api/session'
import { accessLooks, isReadable } from '../../format/access'
import { count } from '../../format/count'
import { CauseText } from '../../parts/CauseText'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { LoadMore } from '../../parts/LoadMore'
import { Status } from '../../parts/Status'
import { tell } from '../../parts/toast'
import { filterOf } from './filter'
import { RepositoryMenu } from './RepositoryMenu'
import { RepositoryTable } from './RepositoryTable'
import type { RepositoriesSearch, View } from './search'
import type { Chosen } from './useChosen'

interface Props {
  integrationId: string
  organization: IntegrationOrganization
  view: View
  search: RepositoriesSearch
  change: (next: RepositoriesSearch) => void
  chosen: Chosen
  open: boolean
}

/** One organization: what may be read of it, and its repositories. */
export function Group({ integrationId, organization: o, view, search, change, chosen, open: first }: Props) {
  const [open, setOpen] = useState(first)
  const id = useId()
  const { available, imported, ignored, visible } = o.repositories
  return (
    <section className="panel" aria-labelledby={`${id}-name`} data-testid="group">
      <Row justify="space-between" gap="sm" px="sm" py="xs">
        <Row gap="sm">
          <h2 style={{ margin: 0, fontSize: '1rem' }}>
            <UnstyledButton id={`${id}-name`} fw={650} aria-expanded={open} aria-controls={`${id}-rows`} onClick={() => setOpen(!open)} mih={28}>
              <span aria-hidden="true" style={{ display: 'inline-block', width: 18 }}>{open ? '▾' : '▸'}</span>{o.login}
            </UnstyledButton>
          </h2>
          <Status look={accessLooks[o.access]} />
          <Text size="sm" c="dimmed" className="numbers">{count(visible)} visible · {count(imported)} imported · {count(available)} available · {count(ignored)} ignored</Text>
        </Row>
        <AutoImport integrationId={integrationId} organization={o} />
      </Row>
      {o.cause && <div style={{ padding: '0 12px 8px' }}><CauseText cause={o.cause} /></div>}
      <div id={`${id}-rows`}>{open && <Rows {...{ integrationId, organization: o, view, search, change, chosen }} />}</div>
    </section>
  )
}

const noneOf: Record<View, string> = {
  available: 'Every repo that can be seen is imported, ignored or excluded.',
  imported: 'Nothing is imported yet. Choose under Available.',
  ignored: 'Nothing is ignored.',
  excluded: 'No rule excludes anything here.',
}

function Rows({ integrationId, organization: o, view, search, change, chosen }: Omit<Props, 'open'>) {
  const repositories = useInfiniteQuery(repositoriesQuery(integrationId, { ...filterOf(search, view, new Date()), organization: o.id }))
  const readOnly = useReadOnlyReason()
  const rows = repositories.data?.pages.flatMap((page) => page.items) ?? []
  if (repositories.isPending) return <Loading rows={3} />
  if (repositories.error && rows.length === 0) return <ErrorPanel what={`The repos of ${o.login} could not be read`} error={repositories.error} retry={() => void repositories.refetch()} />
  if (rows.length === 0) return <Text size="sm" c="dimmed" px="sm" pb="sm">{o.repositories.visible === 0 ? (isReadable(o.access) ? 'The account sees no repo here.' : 'None of its repos can be read.') : noneOf[view]}</Text>
  return (
    <>
      <RepositoryTable
        caption={`Repos of ${o.login}`} rows={rows} sort={search.sort} onSort={(sort) => change({ sort })} chosen={readOnly ? undefined : chosen}
        menu={(r) => <RepositoryMenu id={integrationId} repository={r} />}
      />
      <LoadMore list={repositories} shown={rows.length} total={repositories.data?.pages[0]?.total} size="xs" p="sm" />
    </>
  )
}

function AutoImport({ integrationId, organization: o }: { integrationId: string; organization: IntegrationOrganization }) {
  const set = useAutoImport(integrationId)
  const readOnly = useReadOnlyReason()
  const on = set.isPending ? set.variables.on : o.auto_import
  return (
    <Switch
      size="sm" label="Import new repos automatically" checked={on} disabled={readOnly !== undefined || !isReadable(o.access)} data-testid="auto-import"
      onChange={(event) => {
        const next = event.currentTarget.checked
        tell(set.mutateAsync({ organization: o.id, on: next }), `New repos of ${o.login} ${next ? 'are imported' : 'wait for you'} from now on`, o.login)
      }}
    />
  )
}
