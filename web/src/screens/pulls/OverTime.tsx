import { Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { pullRequestMetricsQuery, type PullRequestMetrics } from '../../api/pullRequests'
import { count, plural } from '../../format/count'
import { dateWords } from '../../format/days'
import { clock, zone as ownZone } from '../../format/time'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { Panel } from '../../parts/Panel'
import { Updating } from '../../parts/Updating'
import { useNow } from '../../parts/useNow'
import { IncompleteNotice } from '../reports/IncompleteNotice'
import { BehindDrawer } from './BehindDrawer'
import { Commits } from './Commits'
import { botsLeftOut, missesLater } from './definitions'
import { KeyNumbers } from './KeyNumbers'
import { NothingInPeriod } from './NothingInPeriod'
import { daysOf, whoOf } from './period'
import { PeriodFilters } from './PeriodFilters'
import { Reviewers } from './Reviewers'
import type { PullsSearch } from './search'
import { WeekCharts } from './WeekCharts'

interface Props { search: PullsSearch; change: (next: PullsSearch) => void }

/** How long pull requests take and how they are reviewed. */
export function OverTime({ search, change }: Props) {
  const now = useNow()
  const zone = search.zone ?? ownZone()
  const days = daysOf(search, now, zone)
  const filter = { ...whoOf(search), ...days, zone }
  const { data, error, isPending, isPlaceholderData, refetch, dataUpdatedAt } = useQuery(pullRequestMetricsQuery(filter))
  const nothing = data && data.opened + data.merged + data.closed === 0
  return (
    <Stack gap="md">
      <Group justify="space-between" align="end"><PeriodFilters search={search} days={days} change={change} /><Updating shown={isPlaceholderData} /></Group>
      {error && <ErrorPanel what={data ? `The numbers could not be updated. These are from ${clock(new Date(dataUpdatedAt), now)}` : 'The numbers could not be worked out'} error={error} retry={() => void refetch()} />}
      {isPending && <Loading rows={4} height={96} />}
      {data && (
        <>
          <IncompleteNotice of={data} effect={missesLater} />
          {nothing ? <NothingInPeriod metrics={data} filter={filter} change={change} /> : <Numbers metrics={data} />}
          <Commits filter={filter} />
          <Text size="xs" c="dimmed">Weeks begin on Mondays, days in {data.zone}.</Text>
        </>
      )}
      <BehindDrawer of={search.of} filter={filter} metrics={isPlaceholderData ? undefined : data} onClose={() => change({ of: undefined })} />
    </Stack>
  )
}

function Numbers({ metrics: m }: { metrics: PullRequestMetrics }) {
  const now = useNow()
  return (
    <>
      <div>
        <KeyNumbers metrics={m} />
        <Text size="sm" c="dimmed" mt="xs">From {dateWords(m.from, now)} through {dateWords(m.through, now)}. {botsLeftOut} {botWords(m.bots)}</Text>
      </div>
      <Panel title="By week"><WeekCharts metrics={m} /></Panel>
      <Reviewers reviewers={m.reviewers} />
    </>
  )
}

function botWords({ opened, merged }: PullRequestMetrics['bots']): string {
  return opened + merged === 0 ? 'Bots opened none in this period, and none of theirs was merged.' : `Bots opened ${plural(opened, 'pull request')} in this period; ${count(merged)} of theirs were merged.`
}
