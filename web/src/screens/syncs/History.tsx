import { Box, Button, Group, Stack, Text } from '@mantine/core'
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import type { IntegrationOrganization } from '../../api/integrations'
import type { components } from '../../api/schema'
import type { SyncFilter } from '../../api/syncs'
import { triggerWords } from '../../format/status'
import { clock } from '../../format/time'
import { Choice } from '../../parts/Choice'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { LoadMore } from '../../parts/LoadMore'
import { Panel } from '../../parts/Panel'
import { Updating } from '../../parts/Updating'
import { HistoryTable } from './HistoryTable'
import { states, stateWords, triggers, type SyncsSearch } from './search'

interface Props {
  history: UseInfiniteQueryResult<InfiniteData<components['schemas']['PageSync']>>
  filter: SyncFilter
  organizations: IntegrationOrganization[]
  change: (next: SyncsSearch) => void
}

export function History({ history, filter, organizations, change }: Props) {
  const { data, error, refetch, dataUpdatedAt } = history
  const rows = data?.pages.flatMap((page) => page.items)
  const what = data ? `The syncs could not be updated. These are from ${clock(new Date(dataUpdatedAt), new Date())}` : 'The syncs could not be read'
  return (
    <Panel title="Syncs" flush aside={<Updating shown={history.isPlaceholderData} />}>
      <Filters {...{ filter, organizations, change }} />
      {error && <Box p="md"><ErrorPanel what={what} error={error} retry={() => void refetch()} /></Box>}
      {!rows && !error && <Loading rows={5} />}
      {rows?.length === 0 && (
        <Stack px="md" pb="md" gap="xs" align="flex-start">
          <Text size="sm">No sync matches. None has all that you filter by.</Text>
          <Button size="xs" variant="default" onClick={() => change({ organization: undefined, state: undefined, trigger: undefined })}>Clear</Button>
        </Stack>
      )}
      {rows && rows.length > 0 && <HistoryTable rows={rows} organizations={organizations} />}
      {rows && <LoadMore list={history} shown={rows.length} total={data?.pages[0]?.total} size="xs" p="sm" />}
    </Panel>
  )
}

function Filters({ filter, organizations, change }: Pick<Props, 'filter' | 'organizations' | 'change'>) {
  const read = organizations.filter((o) => o.claimed)
  const logins = Object.fromEntries(read.map((o) => [String(o.id), o.login]))
  return (
    <Group gap="sm" align="end" role="search" aria-label="Filter syncs" px="md" pb="sm">
      {read.length > 1 && <Choice label="Organization" value={filter.organization ? String(filter.organization) : undefined} options={Object.keys(logins)} words={logins} onChoose={(o) => change({ organization: o ? Number(o) : undefined })} />}
      <Choice label="Result" value={filter.state} options={states} words={stateWords} onChoose={(state) => change({ state })} />
      <Choice label="Trigger" value={filter.trigger} options={triggers} words={triggerWords} onChoose={(trigger) => change({ trigger })} />
    </Group>
  )
}
