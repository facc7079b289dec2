import { Button, Group, Modal, NativeSelect, Radio, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { toApiError } from '../../api/problem'
import { useSchedule, type Schedule } from '../../api/schedules'
import { duration, zone } from '../../format/time'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { ReasonedButton } from '../../parts/ReasonedButton'
import { intervals, isChanged, planOf, requestOf, zones } from './plans'
import { NextRuns } from './NextRuns'

interface Props { schedule: Schedule; login: string; opened: boolean; onClose: () => void }

/** It is there also while closed: so the focus goes back to where it was opened. */
export function ScheduleDialog({ opened, ...props }: Props) {
  return <Modal opened={opened} onClose={props.onClose} title={`When ${props.login} is synced`}><Editor {...props} /></Modal>
}

/** Stays open after saving, since only then the API says when the next syncs are. */
function Editor({ schedule, onClose }: Omit<Props, 'opened'>) {
  const [plan, setPlan] = useState(() => planOf(schedule, zone()))
  const change = useSchedule(schedule.organization_id)
  const changed = isChanged(plan, schedule)
  const isCron = plan.seconds === undefined
  const missing = isCron && plan.cron.trim() === '' ? 'Write when it is to happen first.' : undefined
  const errors = change.error ? (toApiError(change.error).problem?.errors ?? []) : []
  const wrong = (field: string) => errors.find((e) => e.location === `body.${field}`)?.message
  const fieldError = wrong('cron') ?? wrong('time_zone')
  const edit = (next: Partial<typeof plan>) => { setPlan({ ...plan, ...next }); change.reset() }
  const save = () => changed && !missing && change.mutate(requestOf(plan, schedule))
  const reset = () => change.mutate('reset', { onSuccess: (usual) => setPlan(planOf(usual, zone())) })
  return (
    <form onSubmit={(event) => { event.preventDefault(); save() }}>
      <Stack gap="sm">
        <Radio.Group label="A sync begins" value={isCron ? 'cron' : String(plan.seconds)} onChange={(value) => edit({ seconds: value === 'cron' ? undefined : Number(value) })}>
          <Stack gap="xs" mt="xs">
            {intervals(schedule.interval_seconds).map((seconds) => <Radio key={seconds} value={String(seconds)} label={`every ${seconds === 3600 ? '60 min' : duration(seconds)}`} />)}
            <Radio value="cron" label="at chosen times" description="A cron text: minute, hour, day of month, month, day of week." />
          </Stack>
        </Radio.Group>
        {isCron && (
          <Group gap="sm" align="start" wrap="wrap">
            <TextInput label="Cron text" placeholder="0 */6 * * *" value={plan.cron} maxLength={100} error={wrong('cron')} onChange={(event) => edit({ cron: event.currentTarget.value })} style={{ flex: '1 1 10rem' }} />
            <NativeSelect label="Time zone" value={plan.zone} data={zones(plan.zone, zone())} error={wrong('time_zone')} onChange={(event) => edit({ zone: event.currentTarget.value })} style={{ flex: '1 1 10rem' }} />
          </Group>
        )}
        {schedule.jitter_seconds > 0 && <Text size="sm" c="dimmed">Each begins up to {duration(Math.min(schedule.jitter_seconds, plan.seconds ?? Infinity))} late, so that not all ask GitHub at once.</Text>}
        <Text size="sm" component="div" role="status" data-testid="next-runs">
          {changed ? 'The next syncs are shown here once it is saved.' : <>{change.isSuccess && 'Saved. '}Next: <NextRuns schedule={schedule} /></>}
        </Text>
        {change.error && !fieldError && <ErrorPanel what="The schedule could not be changed" error={change.error} />}
        <Group justify="space-between" gap="xs">
          <ReasonedButton variant="default" reason={schedule.default ? 'It is the default already.' : undefined} loading={change.variables === 'reset' && change.isPending} onClick={reset}>Back to the default</ReasonedButton>
          <Group gap="xs">
            <Button variant="default" onClick={onClose}>Close</Button>
            <ReasonedButton reason={missing ?? (changed ? undefined : 'Nothing has been changed.')} loading={change.variables !== 'reset' && change.isPending} onClick={save}>Save</ReasonedButton>
          </Group>
        </Group>
      </Stack>
    </form>
  )
}
