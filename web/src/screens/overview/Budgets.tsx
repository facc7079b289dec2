import { Group, Progress, Stack, Text } from '@mantine/core'
import type { Budget, LiveSync } from '../../api/live'
import { count, percent } from '../../format/count'
import { Panel } from '../../parts/Panel'
import { Time } from '../../parts/Time'

const resources: Record<string, string> = { core: 'REST requests', graphql: 'GraphQL points' }

/** What GitHub still allows in this hour. */
export function Budgets({ live }: { live: LiveSync[] }) {
  const budgets = live.find((l) => l.budgets && l.budgets.length > 0)?.budgets ?? []
  return (
    <Panel title="GitHub's limit">
      {budgets.length === 0
        ? <Text size="sm" c="dimmed">Known while a sync goes on.</Text>
        : <Stack gap="md" data-testid="budgets">{budgets.map((b) => <Meter key={b.resource} budget={b} />)}</Stack>}
    </Panel>
  )
}

function Meter({ budget: b }: { budget: Budget }) {
  const used = Math.max(0, b.limit - b.remaining)
  const name = resources[b.resource] ?? b.resource
  return (
    <Stack gap={4}>
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={600}>{name}</Text>
        <Text size="sm" className="numbers">{count(used)} of {count(b.limit)} used ({percent(used, b.limit)})</Text>
      </Group>
      <Progress value={(100 * used) / Math.max(1, b.limit)} color={used > 0.9 * b.limit ? 'orange' : 'blue'} aria-label={`${name} used`} />
      <Text size="xs" c="dimmed">
        {b.blocked_until ? <>GitHub's limit is reached. Continues by itself at <Time at={b.blocked_until} form="clock" />.</> : <>Full again <Time at={b.reset_at} /></>}
      </Text>
    </Stack>
  )
}
