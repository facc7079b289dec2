import { Alert, Group, Progress, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { rateLimitQuery, type Consumption, type RateLimit } from '../../api/limits'
import { count, percent } from '../../format/count'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { Panel } from '../../parts/Panel'
import { Time } from '../../parts/Time'

const resources: Record<string, string> = { core: 'REST requests', graphql: 'GraphQL points' }

/** What GitHub still allows in this hour, and when a first sync will be done. */
export function Budgets({ id }: { id: string }) {
  const { data, error, isPending, refetch } = useQuery(rateLimitQuery(id))
  const told = data?.items.filter((b) => b.limit > 0) ?? []
  return (
    <Panel title="GitHub's limit">
      {isPending && <Loading rows={2} height={40} />}
      {error && !data && <ErrorPanel what="The limits could not be read" error={error} retry={() => void refetch()} />}
      {data && (
        <Stack gap="md" data-testid="budgets">
          {data.waiting_until && <Alert color="yellow"><Text size="sm">GitHub's limit is reached. Continues by itself at <Time at={data.waiting_until} form="clock" />.</Text></Alert>}
          {told.length === 0 && <Text size="sm" c="dimmed">GitHub has not told its limits yet.</Text>}
          {told.map((b) => <Meter key={b.resource} budget={b} />)}
          <Forecast limit={data} />
        </Stack>
      )}
    </Panel>
  )
}

function Meter({ budget: b }: { budget: Consumption }) {
  const name = resources[b.resource] ?? b.resource
  return (
    <Stack gap={4}>
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={600}>{name}</Text>
        <Text size="sm" className="numbers">{count(b.used)} of {count(b.limit)} used ({percent(b.used, b.limit)})</Text>
      </Group>
      <Progress value={(100 * b.used) / Math.max(1, b.limit)} color={b.used > 0.9 * b.limit ? 'orange' : 'blue'} aria-label={`${name} used`} />
      <Text size="xs" c="dimmed">
        Full again <Time at={b.reset_at} />{b.used_per_hour > 0 && <> · {count(Math.round(b.used_per_hour))} per hour</>}
      </Text>
    </Stack>
  )
}

function Forecast({ limit: { finish_at, rows_left, rows_per_hour } }: { limit: RateLimit }) {
  if (!finish_at) return null
  return (
    <Text size="sm" data-testid="forecast">
      Everything will have been read once <Time at={finish_at} />: about {count(rows_left)} rows are left, {count(Math.round(rows_per_hour))} are stored per hour. An estimate.
    </Text>
  )
}
