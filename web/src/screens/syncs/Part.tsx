import { Group, Stack, Table, Text } from '@mantine/core'
import { toApiError } from '../../api/problem'
import { useRepositoryAction } from '../../api/repositories'
import { useReadOnlyReason } from '../../api/session'
import type { SyncPart } from '../../api/syncs'
import { count, plural } from '../../format/count'
import { syncStateLooks } from '../../format/status'
import { streamWords, type Stream } from '../../format/streams'
import { CauseText } from '../../parts/CauseText'
import { ReasonedButton } from '../../parts/ReasonedButton'
import { Status } from '../../parts/Status'
import { Time } from '../../parts/Time'
import { toast } from '../../parts/toast'
import classes from './syncs.module.css'

/** A repository of a sync. What went well is folded away. */
export function Part({ integrationId, part }: { integrationId: string; part: SyncPart }) {
  const failing = part.state === 'failed' || part.state === 'partial' || part.streams.some((s) => s.cause)
  const name = part.full_name || `The deleted repo ${part.id}`
  return (
    <details className={`panel ${classes.part}`} open={failing} data-testid="part">
      <summary><Group component="span" display="inline-flex" gap="sm" ml={4}><Text span size="sm" fw={600} className={classes.name}>{name}</Text><Status look={syncStateLooks[part.state]} /></Group></summary>
      <Stack gap="xs" mt="xs">
        {part.cause && <div><Text size="sm" fw={600}>{part.cause.title}</Text><CauseText cause={part.cause} /></div>}
        {failing && part.full_name && <Again integrationId={integrationId} id={part.id} name={name} />}
        {part.streams.length > 0 && <Streams name={name} streams={part.streams} />}
      </Stack>
    </details>
  )
}

function Streams({ name, streams }: { name: string; streams: Stream[] }) {
  return (
    <div className="rows">
      <Table className="cards" verticalSpacing={4}>
        <Table.Caption className="visually-hidden">What is read of {name}, as it is now</Table.Caption>
        <Table.Thead><Table.Tr><Table.Th scope="col">Kind</Table.Th><Table.Th scope="col">Stored</Table.Th><Table.Th scope="col">Complete through</Table.Th><Table.Th scope="col">Last attempt</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>
          {streams.map((s) => (
            <Table.Tr key={s.kind}>
              <Table.Th scope="row" fw={500}>{streamWords[s.kind]}</Table.Th>
              <Table.Td data-label="Stored" className="numbers">{count(s.stored)}</Table.Td>
              <Table.Td data-label="Complete through">{s.complete_through ? <Time at={s.complete_through} stop={false} /> : 'Not yet'}</Table.Td>
              <Table.Td data-label="Last attempt"><div><Attempt stream={s} /></div></Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}

function Attempt({ stream: s }: { stream: Stream }) {
  if (s.failures === 0 && !s.cause) return s.last_success_at ? <>Read <Time at={s.last_success_at} stop={false} /></> : 'Not read yet'
  return (
    <>
      <Text size="sm" fw={600}>{plural(s.failures, 'attempt')} failed{s.failing_since && <>, since <Time at={s.failing_since} stop={false} /></>}</Text>
      {s.cause && <><Text size="sm">{s.cause.title}</Text><CauseText cause={s.cause} /></>}
    </>
  )
}

function Again({ integrationId, id, name }: { integrationId: string; id: number; name: string }) {
  const action = useRepositoryAction(integrationId)
  const readOnly = useReadOnlyReason()
  return (
    <Group gap="sm">
      <ReasonedButton size="xs" variant="default" reason={readOnly} loading={action.isPending} onClick={() => action.mutate({ action: 'resync', choice: { repository_ids: [id] } }, { onSuccess: () => toast(`Reading ${name} again`) })}>
        Read again from the beginning
      </ReasonedButton>
      {action.error && <Text size="sm" c="var(--status-red)" role="alert">{toApiError(action.error).title}. {toApiError(action.error).remediation.text}</Text>}
    </Group>
  )
}
