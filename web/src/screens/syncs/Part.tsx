import { Group, Stack, Text } from '@mantine/core'
import { toApiError } from '../../api/problem'
import { useRepositoryAction } from '../../api/repositories'
import { useReadOnlyReason } from '../../api/session'
import type { SyncPart } from '../../api/syncs'
import { count } from '../../format/count'
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
        {part.cause && !part.streams.some((s) => s.cause?.code === part.cause?.code) && <div><Text size="sm" fw={600}>{part.cause.title}</Text><CauseText cause={part.cause} /></div>}
        {failing && part.full_name && <Again integrationId={integrationId} id={part.id} name={name} />}
        {part.streams.length > 0 && <ul className={classes.kinds} aria-label={`What is read of ${name}, as it is now`}>{part.streams.map((s) => <Kind key={s.kind} stream={s} />)}</ul>}
      </Stack>
    </details>
  )
}

/** A kind of record of it, as that is now. */
function Kind({ stream: s }: { stream: Stream }) {
  const failing = s.failures > 0 || s.cause !== undefined
  return (
    <Group component="li" className={classes.kind} gap="xs" align="flex-start" data-testid="stream">
      <Text size="sm" fw={500} className={classes.kindName}>{streamWords[s.kind]}</Text>
      <div className={classes.kindFacts}>
        <Text size="sm" className="numbers" component="div">
          {count(s.stored)} stored · {s.complete_through ? <>complete through <Time at={s.complete_through} stop={false} /></> : 'not complete yet'}
          {s.last_success_at && <> · read <Time at={s.last_success_at} stop={false} /></>}
        </Text>
        {failing && <Text size="sm" fw={600} component="div">{s.failures > 1 ? `${count(s.failures)} attempts in a row failed` : 'The last attempt failed'}{s.failing_since && <>, since <Time at={s.failing_since} stop={false} /></>}{s.cause && `: ${s.cause.title}`}</Text>}
        {s.cause && <CauseText cause={s.cause} />}
      </div>
    </Group>
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
