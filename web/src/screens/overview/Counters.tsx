import { SimpleGrid, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { collectedQuery } from '../../api/services'
import { count } from '../../format/count'
import { serviceStateLooks } from '../../format/status'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { Status } from '../../parts/Status'
import { Time } from '../../parts/Time'
import { countersOf, type Counter } from './counters'

/** What is stored, in numbers. */
export function Counters({ id }: { id: string }) {
  const { data, error, isPending, refetch } = useQuery(collectedQuery(id))
  if (isPending) return <Loading rows={1} height={110} />
  if (!data) return <ErrorPanel what="What is stored could not be counted" error={error} retry={() => void refetch()} />
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }} spacing="md" component="ul" className="plain-list" aria-label="What is stored" data-testid="counters">
      {countersOf(data).map((counter) => <Card key={counter.name} counter={counter} />)}
    </SimpleGrid>
  )
}

function Card({ counter: c }: { counter: Counter }) {
  return (
    <Stack component="li" className="panel" p="md" gap={6} align="flex-start">
      <Text size="sm" c="dimmed">{c.name}</Text>
      <Text className="numbers" fz="1.5rem" fw={650} lh={1.2}>{count(c.stored)}</Text>
      {c.state && <Status look={serviceStateLooks[c.state]} />}
      <Text size="xs" c="dimmed" component="div">
        {c.newest && <div>Newest <Time at={c.newest} /></div>}
        <div>{c.completeThrough ? <>Complete through <Time at={c.completeThrough} form="clock" /></> : c.state === 'off' ? 'Not read' : 'Not complete yet'}</div>
      </Text>
    </Stack>
  )
}
