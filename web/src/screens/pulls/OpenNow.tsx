import { Anchor, Button, Group, Stack, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { fileOf, openQuery } from '../../api/pullRequests'
import { totalWords } from '../../format/count'
import { compact } from '../../format/search'
import { clock, zone } from '../../format/time'
import { Empty } from '../../parts/Empty'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { LoadMore } from '../../parts/LoadMore'
import { Updating } from '../../parts/Updating'
import { OpenTable } from './OpenTable'
import { whoOf } from './period'
import type { PullsSearch } from './search'
import { WaitsChoice } from './WaitsChoice'

interface Props { search: PullsSearch; change: (next: PullsSearch) => void }

/** What is open, and who can go on with it. */
export function OpenNow({ search, change }: Props) {
  const filter = compact({ ...whoOf(search), waits_for: search.waits_for })
  const open = useInfiniteQuery(openQuery(filter))
  const { data, error, isPending, isPlaceholderData, refetch, dataUpdatedAt } = open
  const rows = data?.pages.flatMap((page) => page.items) ?? []
  const total = data?.pages[0]?.total // not counted by whom they wait for
  const filtered = Object.keys(filter).length > 0
  return (
    <Stack gap="xs">
      <Group justify="space-between" gap="sm">
        <Group gap="sm">
          <WaitsChoice chosen={search.waits_for} onChoose={(waits_for) => change({ waits_for })} />
          {total !== undefined && rows.length > 0 && <Text size="sm" c="dimmed" className="numbers">{totalWords(total)} open</Text>}
        </Group>
        <Group gap={isPlaceholderData ? 'md' : 0}>{rows.length > 0 && <Anchor size="sm" underline="always" href={fileOf('open', filter)} download>Download as CSV</Anchor>}<Updating shown={isPlaceholderData} /></Group>
      </Group>
      {error && <ErrorPanel what={data ? `The open pull requests could not be updated. These are from ${clock(new Date(dataUpdatedAt), new Date())}` : 'The open pull requests could not be read'} error={error} retry={() => void refetch()} />}
      {isPending && <Loading />}
      {data && rows.length === 0 && (filtered
        ? <Empty title="No open pull request matches" action={<Button variant="default" onClick={() => change({ waits_for: undefined, integration: undefined, organization: undefined, repository: undefined, person: undefined })}>Clear</Button>}>None has all that you filter by.</Empty>
        : <Empty title="No pull request is open" action={<Button variant="default" onClick={() => change({ part: 'time' })}>See what was merged</Button>}>Those of bots are not shown here.</Empty>)}
      {rows.length > 0 && <OpenTable rows={rows} />}
      <LoadMore list={open} shown={rows.length} total={total} />
      {rows.length > 0 && <Text size="xs" c="dimmed">Those of bots are left out. Times are shown in {zone()}.</Text>}
    </Stack>
  )
}
