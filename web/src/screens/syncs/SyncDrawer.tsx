import { Drawer, Group, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useIntent, type IntegrationOrganization } from '../../api/integrations'
import { useReadOnlyReason } from '../../api/session'
import { syncQuery, useCancelSync, type PartState, type SyncDetail } from '../../api/syncs'
import { count } from '../../format/count'
import { syncLook, triggerWords } from '../../format/status'
import { storedWords } from '../../format/streams'
import { CauseText } from '../../parts/CauseText'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { ReasonedButton } from '../../parts/ReasonedButton'
import { Status } from '../../parts/Status'
import { Time } from '../../parts/Time'
import { toast } from '../../parts/toast'
import { useNow } from '../../parts/useNow'
import { durationWords, usageWords } from './facts'
import type { SyncsSearch } from './search'
import { SyncParts } from './SyncParts'
import { Workflow } from './Workflow'

interface Props {
  integrationId: string
  /** The one that is open. */
  id: string | undefined
  shown: PartState | undefined
  organizations: IntegrationOrganization[]
  /** Why no sync can be started. */
  reason: string | undefined
  change: (next: SyncsSearch) => void
}

/** One sync, beside the list that it was chosen from. It is there also while closed: so the focus goes back to where it was opened. */
export function SyncDrawer({ id, ...props }: Props) {
  return (
    <Drawer opened={id !== undefined} size="xl" onClose={() => props.change({ sync: undefined, repos: undefined })} title="What a sync did">
      {id && <One id={id} {...props} />}
    </Drawer>
  )
}

function One({ integrationId, id, shown, organizations, reason, change }: Props & { id: string }) {
  const { data, error, refetch } = useQuery(syncQuery(integrationId, id))
  if (!data) return error ? <ErrorPanel what="The sync could not be read" error={error} retry={() => void refetch()} /> : <Loading rows={4} />
  return (
    <Stack gap="md">
      <Title order={2}>Sync of {organizations.find((o) => o.id === data.organization_id)?.login ?? 'an organization'}</Title>
      <Facts sync={data} />
      <Actions integrationId={integrationId} sync={data} reason={reason} />
      <SyncParts integrationId={integrationId} sync={data} shown={shown} onShow={(repos) => change({ repos })} />
    </Stack>
  )
}

function Facts({ sync }: { sync: SyncDetail }) {
  const now = useNow()
  return (
    <Stack gap={6} data-testid="sync-facts">
      <Group gap="sm">
        <Status look={syncLook(sync)} />
        <Text size="sm">{triggerWords[sync.trigger]} · started <Time at={sync.started_at ?? sync.created_at} form="clock" /> · {durationWords(sync, now)}</Text>
      </Group>
      <Text size="sm" className="numbers">{storedWords(sync.stored as Record<string, unknown>, count) || 'Nothing new'} · {usageWords(sync.usage)}</Text>
      {sync.cause && <div><Text size="sm" fw={600}>{sync.cause.title}</Text><CauseText cause={sync.cause} /></div>}
      {sync.waiting_until && !sync.ended_at && <Text size="sm">Continues by itself at <Time at={sync.waiting_until} form="clock" />.</Text>}
      <Group gap="xs"><Text size="sm">Workflow <code>{sync.workflow_id}</code></Text><Workflow id={sync.workflow_id} url={sync.temporal_ui_url} /></Group>
    </Stack>
  )
}

const retried: SyncDetail['state'][] = ['partial', 'failed', 'cancelled']

function Actions({ integrationId, sync, reason }: Pick<Props, 'integrationId' | 'reason'> & { sync: SyncDetail }) {
  const readOnly = useReadOnlyReason()
  const cancel = useCancelSync(integrationId)
  const again = useIntent()
  const asked = sync.cancel_requested ? 'Somebody wants it to stop; it stops at the next page.' : undefined
  return (
    <>
      {cancel.error && <ErrorPanel what="The sync could not be cancelled" error={cancel.error} />}
      {again.error && <ErrorPanel what="No sync could be started" error={again.error} />}
      {!sync.ended_at && (
        <Group gap="sm">
          <ReasonedButton size="xs" variant="default" reason={readOnly ?? asked} loading={cancel.isPending} onClick={() => cancel.mutate(sync.id, { onSuccess: () => toast('It stops at the next page and keeps what it has stored') })}>Cancel sync</ReasonedButton>
          {asked && <Text size="sm" role="status">Stopping…</Text>}
        </Group>
      )}
      {retried.includes(sync.state) && (
        <Group gap="sm">
          <ReasonedButton size="xs" variant="default" reason={reason} loading={again.isPending} onClick={() => again.mutate({ id: integrationId, intent: 'sync' }, { onSuccess: () => toast('Sync started') })}>Sync again</ReasonedButton>
          <Text size="sm" c="dimmed">The next sync tries what could not be read again.</Text>
        </Group>
      )}
    </>
  )
}
