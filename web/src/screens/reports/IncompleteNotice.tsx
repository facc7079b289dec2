import { List, Text } from '@mantine/core'
import type { components } from '../../api/schema'
import { plural } from '../../format/count'
import { dateWords, dayOf } from '../../format/days'
import { Notice } from '../../parts/Notice'
import { useNow } from '../../parts/useNow'

type Gap = components['schemas']['Incomplete']

interface Props {
  of: { incomplete: Gap[]; incomplete_total: number; zone: string }
  /** What follows for what is shown: "some days may be incomplete". */
  effect: string
}

/** Of which repositories a report does not have all, and how far it reaches. */
export function IncompleteNotice({ of: { incomplete: gaps, incomplete_total: total, zone }, effect }: Props) {
  const now = useNow()
  const words = (gap: Gap) => (gap.complete_through ? `${gap.repository} is complete only to ${dateWords(dayOf(new Date(gap.complete_through), zone), now)}` : `${gap.repository} is not complete yet`)
  if (gaps.length === 0) return null
  if (total === 1 && gaps[0]) return <Notice tone="amber" role="note" title={`${words(gaps[0])}; ${effect}.`} testId="incomplete" />
  return (
    <Notice tone="amber" role="note" title={`${plural(total, 'repo')} are not complete; ${effect}.`} testId="incomplete">
      <details>
        <summary style={{ minHeight: 24, cursor: 'pointer' }}>Which</summary>
        <List size="sm">{gaps.map((gap) => <List.Item key={gap.repository_id}>{words(gap)}</List.Item>)}</List>
        {total > gaps.length && <Text size="sm">And {plural(total - gaps.length, 'more repo')}.</Text>}
      </details>
    </Notice>
  )
}
