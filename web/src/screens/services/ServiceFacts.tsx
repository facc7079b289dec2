import { Group, Text } from '@mantine/core'
import type { Integration } from '../../api/integrations'
import type { CollectedService } from '../../api/services'
import { plural } from '../../format/count'
import { streamWords } from '../../format/streams'
import { date } from '../../format/time'
import { FactList } from '../../parts/FactList'
import { Time } from '../../parts/Time'
import { useNow } from '../../parts/useNow'
import { collectedWords } from './collected'
import type { Need } from './needs'

interface Props { integration: Integration; collected: CollectedService; needs: Need[] }

export function ServiceFacts({ integration, collected: c, needs }: Props) {
  const now = useNow()
  const failing = c.streams.filter((s) => s.failing > 0)
  return (
    <FactList facts={[
      ['Needs', needs.length > 0 ? <Needs needs={needs} app={integration.auth_method === 'github_app'} /> : undefined],
      ['Collected so far', <span className="numbers">{collectedWords(c)}</span>],
      ['Cannot be read', failing.length > 0 ? failing.map((s) => `${streamWords[s.kind]} of ${plural(s.failing, 'repo')}`).join(', ') : undefined],
      ['Newest item', c.newest ? <Time at={c.newest} /> : 'None yet'],
      ['Complete through', c.complete_through ? <Time at={c.complete_through} /> : c.on ? 'Not complete yet' : undefined],
      ['Read from', integration.backfill_from ? date(new Date(integration.backfill_from), now) : 'The beginning'],
      ['Last change', c.changed_at ? <><Time at={c.changed_at} />{c.changed_by && ` by ${c.changed_by}`}</> : 'As it was when the integration was created'],
    ]} />
  )
}

const marks = { true: ['✓', 'held'], false: ['✗', 'not held'], unknown: ['?', 'GitHub does not say'] } as const

function Needs({ needs, app }: { needs: Need[]; app: boolean }) {
  return (
    <Group gap={6}>
      <span>{app ? (needs.length === 1 ? 'Permission' : 'Permissions') : needs.length === 1 ? 'Scope' : 'Scopes'}</span>
      {needs.map(({ name, held }) => {
        const [mark, word] = marks[`${held}`]
        return <span key={name} className="service" data-on={held === true || undefined}><span aria-hidden="true">{mark}</span> {name}<Text span inherit c="dimmed"> {word}</Text></span>
      })}
    </Group>
  )
}
