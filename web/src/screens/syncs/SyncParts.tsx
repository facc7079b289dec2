import { Group, Stack, Text, Title } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { syncPartsQuery, type PartState, type SyncDetail } from '../../api/syncs'
import { Choice } from '../../parts/Choice'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { LoadMore } from '../../parts/LoadMore'
import { statesWords } from './facts'
import { Part } from './Part'
import { partStates, stateWords } from './search'

interface Props { integrationId: string; sync: SyncDetail; shown: PartState | undefined; onShow: (state: PartState | undefined) => void }

/** What became of each repository in which something had changed. */
export function SyncParts({ integrationId, sync, shown, onShow }: Props) {
  const list = useInfiniteQuery(syncPartsQuery(integrationId, sync.id, shown))
  const { data, error, refetch } = list
  const parts = data?.pages.flatMap((page) => page.items)
  const all = statesWords(sync.repository_states)
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="end">
        <div><Title order={3}>Repos</Title><Text size="sm" c="dimmed">{all || 'Nothing had changed in any repo.'}</Text></div>
        {all && <Choice label="Show" value={shown} options={partStates} words={stateWords} onChoose={onShow} all="All repos" />}
      </Group>
      {error && <ErrorPanel what="The repos of the sync could not be read" error={error} retry={() => void refetch()} />}
      {!parts && !error && <Loading rows={3} />}
      {all && parts?.length === 0 && <Text size="sm">None of its repos is {shown ? stateWords[shown].toLowerCase() : 'known any more'}.</Text>}
      {parts?.map((part) => <Part key={part.id} integrationId={integrationId} part={part} />)}
      {parts && <LoadMore list={list} shown={parts.length} total={data?.pages[0]?.total} size="xs" />}
    </Stack>
  )
}
