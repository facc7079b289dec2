import { Alert, Group, Progress, Stack, Table, Text } from '@mantine/core'
import type { IntegrationOrganization } from '../../api/integrations'
import type { LiveSync } from '../../api/live'
import { count, percent } from '../../format/count'
import { syncLook } from '../../format/status'
import { phaseOf, progressOf, storedWords } from '../../format/streams'
import { Panel } from '../../parts/Panel'
import { Announced } from '../../parts/Announced'
import { Status } from '../../parts/Status'
import { Time } from '../../parts/Time'

interface Props { live: LiveSync[]; organizations: IntegrationOrganization[]; firstTime: boolean }

/** The syncs that go on. Those that follow webhooks have no end: they say what came in. */
export function Ingestion({ live, organizations, firstTime }: Props) {
  const going = live.filter(({ sync }) => !sync.ended_at)
  if (going.length === 0) return null
  const name = (id: number) => organizations.find((o) => o.id === id)?.login ?? 'Organization'
  return (
    <Panel title={firstTime ? 'First ingestion' : 'Now'}>
      <Stack gap="md" data-testid="progress">
        {firstTime && <Text size="sm">Reports can be used now; each says how far its data reaches.</Text>}
        {going.map((l) => <One key={l.sync.id} live={l} organization={name(l.sync.organization_id)} />)}
      </Stack>
    </Panel>
  )
}

function One({ live: { sync, at_work: atWork = [] }, organization }: { live: LiveSync; organization: string }) {
  const follows = sync.trigger === 'webhook'
  const stored = storedWords(sync.stored as Record<string, unknown>, count)
  const known = !follows && sync.repositories > 0
  return (
    <Stack gap="xs">
      <Group gap="sm">
        <Text fw={600} size="sm">{organization}</Text>
        <Status look={syncLook(sync)} />
        {known && <Text size="sm" className="numbers">{count(sync.done)} of {count(sync.repositories)} repos ({percent(sync.done, sync.repositories)})</Text>}
        {sync.started_at && <Text size="sm" c="dimmed">since <Time at={sync.started_at} form="clock" /></Text>}
      </Group>
      {known && <Progress value={(100 * sync.done) / sync.repositories} aria-label={`Repos of ${organization} read`} />}
      {known && <Announced part={sync.done} whole={sync.repositories} what={`${organization}: repos read`} />}
      {stored && <Text size="sm" className="numbers">{stored} {follows ? 'came in' : 'so far'}</Text>}
      {sync.state === 'waiting' && sync.waiting_until && (
        <Alert color="yellow"><Text size="sm">GitHub's limit is reached. Continues by itself at <Time at={sync.waiting_until} form="clock" />.</Text></Alert>
      )}
      {atWork.length > 0 && <AtWork rows={atWork} />}
    </Stack>
  )
}

function AtWork({ rows }: { rows: NonNullable<LiveSync['at_work']> }) {
  return (
    <div className="rows">
      <Table className="cards" verticalSpacing={6}>
        <Table.Caption className="visually-hidden">Repos in work</Table.Caption>
        <Table.Thead><Table.Tr><Table.Th scope="col">Repo</Table.Th><Table.Th scope="col">Reading</Table.Th><Table.Th scope="col">Done</Table.Th><Table.Th scope="col">Waits for</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>
          {rows.map((r) => {
            const { done, total } = progressOf(r.streams)
            const cause = r.streams.find((s) => s.cause)?.cause
            return (
              <Table.Tr key={r.id}>
                <Table.Th scope="row" fw={500}>{r.full_name}</Table.Th>
                <Table.Td data-label="Reading">{phaseOf(r.streams) || 'Begins'}</Table.Td>
                <Table.Td data-label="Done" className="numbers">{total > 0 ? `${count(done)} of ${count(total)}` : count(r.streams.reduce((sum, s) => sum + s.stored, 0))}</Table.Td>
                <Table.Td data-label="Waits for">{cause?.title ?? '–'}</Table.Td>
              </Table.Tr>
            )
          })}
        </Table.Tbody>
      </Table>
    </div>
  )
}
