import { Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { IntegrationOrganization } from '../../api/integrations'
import { scheduleQuery, useSchedule, type Schedule } from '../../api/schedules'
import { useReadOnlyReason } from '../../api/session'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { Panel } from '../../parts/Panel'
import { ReasonedButton } from '../../parts/ReasonedButton'
import { Tag } from '../../parts/Status'
import { toast } from '../../parts/toast'
import { paceWords, whenWords } from './facts'
import { NextRuns } from './NextRuns'
import { ScheduleDialog } from './ScheduleDialog'
import classes from './syncs.module.css'

/** When each organization is synced by itself. Reason says why no sync can be started. */
export function Schedules({ organizations, reason }: { organizations: IntegrationOrganization[]; reason: string | undefined }) {
  return (
    <Panel title="Next syncs" flush>
      <ul className={classes.organization}>{organizations.map((o) => <li key={o.id} data-testid="schedule"><One id={o.id} login={o.login} reason={reason} /></li>)}</ul>
    </Panel>
  )
}

function One({ id, login, reason }: { id: number; login: string; reason: string | undefined }) {
  const { data, error, refetch } = useQuery(scheduleQuery(id))
  if (!data) return error ? <ErrorPanel what={`The schedule of ${login} could not be read`} error={error} retry={() => void refetch()} /> : <Loading rows={1} />
  return (
    <Group justify="space-between" gap="sm">
      <Stack gap={2}>
        <Group gap="sm">
          <Text size="sm" fw={600}>{login}</Text>
          <Text size="sm">{whenWords(data)}</Text>
          {data.default && <Tag>Default</Tag>}
          {data.paused && <Tag>Paused</Tag>}
        </Group>
        <Text size="sm" component="div">Next: <NextRuns schedule={data} /></Text>
        {paceWords(data) && <Text size="sm" c="dimmed">{paceWords(data)}</Text>}
      </Stack>
      <Actions schedule={data} login={login} reason={reason} />
    </Group>
  )
}

function Actions({ schedule, login, reason }: { schedule: Schedule; login: string; reason: string | undefined }) {
  const [editing, setEditing] = useState(false)
  const change = useSchedule(schedule.organization_id)
  const readOnly = useReadOnlyReason()
  const doing = change.isPending ? change.variables : undefined
  const turn = schedule.paused ? 'resume' : 'pause'
  const done = { pause: `No sync of ${login} begins by itself any more`, resume: `Syncs of ${login} begin by themselves again` }
  return (
    <>
      <Group gap="xs">
        <ReasonedButton size="xs" variant="default" reason={reason} loading={doing === 'trigger'} onClick={() => change.mutate('trigger', { onSuccess: () => toast(`Sync of ${login} started`) })}>Sync now</ReasonedButton>
        <ReasonedButton size="xs" variant="default" reason={readOnly} loading={doing === turn} onClick={() => change.mutate(turn, { onSuccess: () => toast(done[turn]) })}>{schedule.paused ? 'Resume schedule' : 'Pause schedule'}</ReasonedButton>
        <ReasonedButton size="xs" variant="default" reason={readOnly} onClick={() => setEditing(true)} data-testid="edit-schedule">Change schedule…</ReasonedButton>
      </Group>
      {change.error && <ErrorPanel what={`The schedule of ${login} could not be changed`} error={change.error} />}
      <ScheduleDialog schedule={schedule} login={login} opened={editing} onClose={() => setEditing(false)} />
    </>
  )
}
