import { Anchor, Button, Drawer, Group, Stack, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { behindQuery, fileOf, type BehindFilter, type MetricsFilter } from '../../api/pullRequests'
import { count } from '../../format/count'
import { dateWords } from '../../format/days'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { useNow } from '../../parts/useNow'
import { BehindTable } from './BehindTable'
import type { Behind } from './search'

const titles: Record<Behind, string> = {
  opened: 'Opened', merged: 'Merged', closed: 'Closed without being merged', unreviewed: 'Merged without a review',
  thoroughly_reviewed: 'Merged and thoroughly reviewed', iterated: 'Merged and iterated', responded: 'With a first response',
}

interface Props { of: Behind | undefined; filter: MetricsFilter & { from: string; through: string }; onClose: () => void }

/** The pull requests behind a number. It is there also while closed: so the focus goes back to where it was opened. */
export function BehindDrawer({ of, filter, onClose }: Props) {
  return (
    <Drawer opened={of !== undefined} size="70rem" onClose={onClose} title={of ? `Pull requests: ${titles[of]}` : ''}>
      {of && <Listed filter={{ ...filter, of }} days={filter} of={of} />}
    </Drawer>
  )
}

function Listed({ filter, days, of }: { filter: BehindFilter; days: { from: string; through: string }; of: Behind }) {
  const now = useNow()
  const { data, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useInfiniteQuery(behindQuery(filter))
  const rows = data?.pages.flatMap((page) => page.items) ?? []
  return (
    <Stack gap="sm" data-testid="behind">
      <Group justify="space-between" gap="sm">
        <Text size="sm" c="dimmed">From {dateWords(days.from, now)} through {dateWords(days.through, now)}, the newest first.</Text>
        <Anchor size="sm" underline="always" href={fileOf('items', filter)} download>Download as CSV</Anchor>
      </Group>
      {error && <ErrorPanel what="The pull requests could not be read" error={error} retry={() => void refetch()} />}
      {isPending && <Loading rows={4} />}
      {data && rows.length === 0 && <Text size="sm">There is none in this period.</Text>}
      {rows.length > 0 && <BehindTable rows={rows} of={of} />}
      {hasNextPage && <Group justify="center"><Button size="xs" variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>Load more ({count(rows.length)} shown)</Button></Group>}
    </Stack>
  )
}
