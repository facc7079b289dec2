import { List, Text } from '@mantine/core'
import type { PullRequestMetrics } from '../../api/pullRequests'
import { plural } from '../../format/count'
import { Notice } from '../../parts/Notice'
import { useNow } from '../../parts/useNow'
import { dayOf } from '../../format/days'
import { dateWords } from './period'

type Gap = PullRequestMetrics['incomplete'][number]

/** How far the data of the numbers reaches, where that is not to their end. */
export function Incomplete({ gaps, total = gaps.length, zone }: { gaps: Gap[]; total?: number | undefined; zone: string }) {
  const now = useNow()
  const words = (gap: Gap) => (gap.complete_through ? `${gap.repository} is complete only to ${dateWords(dayOf(new Date(gap.complete_through), zone), now)}` : `${gap.repository} is not complete yet`)
  if (gaps.length === 0) return null
  if (total === 1 && gaps[0]) return <Notice tone="amber" role="note" title={`${words(gaps[0])}; these numbers may miss later changes.`} testId="incomplete" />
  return (
    <Notice tone="amber" role="note" title={`${plural(total, 'repo')} are not complete; these numbers may miss later changes.`} testId="incomplete">
      <details>
        <summary style={{ minHeight: 24, cursor: 'pointer' }}>Which</summary>
        <List size="sm">{gaps.map((gap) => <List.Item key={gap.repository_id}>{words(gap)}</List.Item>)}</List>
        {total > gaps.length && <Text size="sm">And {plural(total - gaps.length, 'more repo')}.</Text>}
      </details>
    </Notice>
  )
}
