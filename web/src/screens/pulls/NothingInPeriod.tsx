import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { behindQuery, type MetricsFilter, type PullRequestMetrics } from '../../api/pullRequests'
import { Empty } from '../../parts/Empty'
import { useNow } from '../../parts/useNow'
import { dateWords, dayOf, plusDays } from '../../format/days'
import type { PullsSearch } from './search'

const yearsBefore = 20 * 365 // GitHub is younger
interface Props { metrics: PullRequestMetrics; filter: MetricsFilter; change: (next: PullsSearch) => void }

/** An empty period says where there is something. */
export function NothingInPeriod({ metrics: m, filter, change }: Props) {
  const now = useNow()
  const before = useInfiniteQuery(behindQuery({ ...filter, from: plusDays(m.from, -yearsBefore), through: m.from, of: 'merged' }))
  const last = before.data?.pages[0]?.items[0]?.merged_at
  const day = last && dayOf(new Date(last), m.zone)
  return (
    <Empty
      title={`No pull request was opened, merged or closed from ${dateWords(m.from, now)} through ${dateWords(m.through, now)}`}
      action={day
        ? <Button variant="default" onClick={() => change({ period: 'chosen', from: plusDays(day, -89), through: day })}>Show the 90 days up to then</Button>
        : <Button variant="default" onClick={() => change({ period: 'year', from: undefined, through: undefined })}>Show the last year</Button>}
    >
      {day ? `The last one was merged on ${dateWords(day, now)}.` : 'None was merged earlier under these filters either. A longer period, or fewer filters, may show more.'}
    </Empty>
  )
}
