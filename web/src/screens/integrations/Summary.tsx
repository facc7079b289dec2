import { Group, Text } from '@mantine/core'
import type { components } from '../../api/schema'
import { count, plural } from '../../format/count'
import { dataStatusLooks, type DataStatus } from '../../format/status'
import { Status } from '../../parts/Status'
import { Time } from '../../parts/Time'

const always = { healthy: 'healthy', action_required: 'need action', rate_limited: 'rate limited' } as const
const ifAny = { failed_integration: 'failed', failed_project: 'partly failed', processing: 'processing' } as const

/** How all integrations are, whatever is filtered by. */
export function Summary({ summary }: { summary: components['schemas']['IntegrationsSummary'] }) {
  const numbers: [DataStatus, string][] = [
    ...(Object.entries(always) as [DataStatus, string][]),
    ...(Object.entries(ifAny) as [DataStatus, string][]).filter(([status]) => summary.statuses[status] > 0),
  ]
  return (
    <Group gap="sm" mb="md" data-testid="summary">
      {numbers.map(([status, word]) => {
        const n = summary.statuses[status]
        const look = dataStatusLooks[status]
        return <Status key={status} look={{ ...look, colour: n > 0 ? look.colour : 'grey', word: `${count(n)} ${word}` }} />
      })}
      <Text size="sm" c="dimmed">
        {plural(summary.imported_repositories, 'repo')} imported
        {summary.last_event_at && <> · last event <Time at={summary.last_event_at} /></>}
      </Text>
    </Group>
  )
}
