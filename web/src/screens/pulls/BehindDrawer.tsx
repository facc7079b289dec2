import { Anchor, Drawer, Group, Stack, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { behindQuery, fileOf, type BehindFilter, type MetricsFilter, type PullRequestMetrics } from '../../api/pullRequests'
import { plural } from '../../format/count'
import { dateWords } from '../../format/days'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { LoadMore } from '../../parts/LoadMore'
import { useNow } from '../../parts/useNow'
import { behindTotal } from './behind'
import { BehindTable } from './BehindTable'
import type { Behind } from './search'

const titles: Record<Behind, string> = {
  opened: 'Opened', merged: 'Merged', closed: 'Closed without being merged', unreviewed: 'Merged without a review',
  thoroughly_reviewed: 'Merged and thoroughly reviewed', iterated: 'Merged and iterated', responded: 'With a first response',
}

interface Props { of: Behind | undefined; filter: MetricsFilter & { from: string; through: string }; metrics: PullRequestMetrics | undefined; onClose: () => void }

/** The pull requests behind a number. It is there also while closed: so the focus goes back to where it was opened. */
export function BehindDrawer({ of, filter, metrics, onClose }: Props) {
  return (
    <Drawer opened={of !== undefined} size="70rem" onClose={onClose} title={of ? `Pull requests: ${titles[of]}` : ''}>
      {of && <Listed filter={{ ...filter, of }} days={filter} of={of} reported={metrics && behindTotal(metrics, of)} />}
    </Drawer>
  )
}

interface ListedProps { filter: BehindFilter; days: { from: string; through: string }; of: Behind; reported: number | undefined }

function Listed({ filter, days, of, reported }: ListedProps) {
  const now = useNow()
  const list = useInfiniteQuery(behindQuery(filter))
  const { data, error, isPending, hasNextPage, refetch } = list
  const rows = data?.pages.flatMap((page) => page.items) ?? []
  const total = data && !hasNextPage ? rows.length : reported // what is all here is newer than the report
  return (
    <Stack gap="sm" data-testid="behind">
      <Group justify="space-between" gap="sm">
        <Text size="sm" c="dimmed">{total ? `${plural(total, 'pull request')} from` : 'From'} {dateWords(days.from, now)} through {dateWords(days.through, now)}, the newest first.</Text>
        <Anchor size="sm" underline="always" href={fileOf('items', filter)} download>Download as CSV</Anchor>
      </Group>
      {error && <ErrorPanel what="The pull requests could not be read" error={error} retry={() => void refetch()} />}
      {isPending && <Loading rows={4} />}
      {data && rows.length === 0 && <Text size="sm">There is none in this period.</Text>}
      {rows.length > 0 && <BehindTable rows={rows} of={of} />}
      <LoadMore list={list} shown={rows.length} total={total} size="xs" />
    </Stack>
  )
}
