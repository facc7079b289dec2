import { Group, Progress, SimpleGrid, Stack, Text } from '@mantine/core'
import type { Freshness, WebhookMeter, Webhooks } from '../../api/webhooks'
import { count, percent, plural } from '../../format/count'
import { Time } from '../../parts/Time'
import { seconds, successRate } from './words'

/** How much was delivered of what happened, and how fast it was stored. */
export function Meter({ of, pace }: { of: Webhooks; pace: string | undefined }) {
  return (
    <Stack gap="xs">
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        {of.meter && <Gaps meter={of.meter} />}
        <Fresh freshness={of.freshness} />
      </SimpleGrid>
      {pace && <Text size="sm" c="dimmed">{pace}</Text>}
    </Stack>
  )
}

function Gaps({ meter: m }: { meter: WebhookMeter }) {
  const missed = [
    m.undelivered > 0 && `${count(m.undelivered)} not delivered`,
    m.redelivered > 0 && `${count(m.redelivered)} delivered again`,
    m.unannounced > 0 && `${plural(m.unannounced, 'change')} found by a sync that nothing had announced`,
  ].filter((text) => text !== false)
  return (
    <Stack gap={4} data-testid="gap-meter">
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={600}>Delivered</Text>
        <Text size="sm" className="numbers">{m.expected === 0 ? 'Nothing expected yet' : `${count(m.received)} of ${count(m.expected)} (${percent(m.received, m.expected)})`}</Text>
      </Group>
      <Progress value={100 * successRate(m)} color={m.gap_since ? 'orange' : 'blue'} aria-label="Delivered of what happened" />
      <Text size="xs" c="dimmed">
        Counted since <Time at={m.since} />. {missed.length > 0 ? `${missed.join(', ')}; ${count(m.repaired)} of it repaired.` : 'No gap.'} {m.gap_since && <strong>Changes have not been announced since <Time at={m.gap_since} />.</strong>}
      </Text>
    </Stack>
  )
}

function Fresh({ freshness: f }: { freshness: Freshness | undefined }) {
  const percentiles = f && ([['50 %', f.p50_seconds], ['90 %', f.p90_seconds], ['99 %', f.p99_seconds]] as const)
  return (
    <Stack gap={4} data-testid="freshness">
      <Text size="sm" fw={600}>From the event at GitHub to its rows here</Text>
      {percentiles
        ? <Group gap="lg">{percentiles.map(([part, within]) => <Text size="sm" key={part} className="numbers"><Text span inherit c="dimmed">{part} within</Text> {seconds(within)}</Text>)}</Group>
        : <Text size="sm">Known once something arrived within the last hour.</Text>}
      {f && <Text size="xs" c="dimmed">{f.deliveries === 1 ? '1 delivery' : `${count(f.deliveries)} deliveries`} of the last hour. GitHub tells whole seconds, so each may be up to one second too long.</Text>}
    </Stack>
  )
}
