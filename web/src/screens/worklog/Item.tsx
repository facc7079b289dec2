import { Text } from '@mantine/core'
import type { WorkLogItem } from '../../api/worklog'
import { count } from '../../format/count'
import { ExternalLink } from '../../parts/links'
import { timesOf } from '../../format/days'
import { actionWords } from './kinds'
import { Mark } from './Marks'
import classes from './worklog.module.css'

/** One thing that somebody did, with its place on GitHub. */
export function Item({ item, zone }: { item: WorkLogItem; zone: string }) {
  const title = item.title || item.item.slice(0, 10)
  const times = timesOf(item.at, zone)
  return (
    <li>
      <Mark kind={item.kind} hollow={item.large} />
      <div>
        <Text size="sm" fw={600}>{item.html_url ? <ExternalLink href={item.html_url}>{title}</ExternalLink> : title}</Text>
        <Text size="xs" c="dimmed">
          {actionWords(item.kind, item.action)} · {item.repository}{item.number ? ` #${item.number}` : item.kind.endsWith('commit') ? ` ${item.item.slice(0, 7)}` : ''} · {item.person}
          {item.large && ` · Over 1,000 lines${item.lines == null ? '' : ` (${count(item.lines)})`}`}
        </Text>
        <Text size="xs" c="dimmed" className="numbers"><time dateTime={item.at}>{times.join(' · ')}</time></Text>
        {item.text && <blockquote className={classes.text} data-emoji={item.emoji_only || undefined}>{item.text}</blockquote>}
      </div>
    </li>
  )
}
