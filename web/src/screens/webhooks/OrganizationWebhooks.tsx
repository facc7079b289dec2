import { Alert, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { useReadOnlyReason } from '../../api/session'
import { scheduleQuery } from '../../api/schedules'
import { useChangeWebhooks, type Change, type Webhooks } from '../../api/webhooks'
import { CauseText } from '../../parts/CauseText'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Panel } from '../../parts/Panel'
import { ReasonedButton } from '../../parts/ReasonedButton'
import { ReasonedSwitch } from '../../parts/ReasonedSwitch'
import { Status } from '../../parts/Status'
import { toast } from '../../parts/toast'
import { Deliveries } from './Deliveries'
import { Hooks } from './Hooks'
import { Left } from './Left'
import { Meter } from './Meter'
import { outcome } from './outcome'
import { Preconditions } from './Preconditions'
import { Rotate } from './Rotate'
import { SwitchOff } from './SwitchOff'
import { healthLooks, paceWords } from './words'

const whatFailed: Record<Change, string> = {
  on: 'Webhooks could not be switched on', off: 'Webhooks could not be switched off', ping: 'The ping could not be asked for', rotate: 'The secret could not be replaced',
}

/** The webhooks of one organization: what they need, how they do, and what can be done with them. */
export function OrganizationWebhooks({ id, of, app }: { id: string; of: Webhooks; app: boolean }) {
  const [asking, setAsking] = useState<'off' | 'rotate'>()
  const [notYet, setNotYet] = useState<string>()
  const set = useChangeWebhooks(id)
  const imported = of.preconditions.every((p) => p.code !== 'no_repo_imported' || p.met) // before that there is no schedule
  const { data: schedule } = useQuery({ ...scheduleQuery(of.organization_id), enabled: imported })
  const readOnly = useReadOnlyReason()
  const reasonId = useId()
  const doing = set.isPending ? set.variables.change : undefined
  const on = doing === 'on' || (of.enabled && doing !== 'off')
  const canPing = of.enabled && of.hooks.some((h) => h.hook_id && h.state !== 'removing')
  const reason = readOnly ?? (!of.enabled && of.sources.length === 0 ? 'They can be switched on when everything below is met.' : undefined)
  const change = (what: Change) => {
    setAsking(undefined)
    setNotYet(undefined)
    set.mutate({ change: what, of }, { onSuccess: (after) => { const { done, text } = outcome(what, of, after); if (done) toast(text); else setNotYet(text) } })
  }
  const ping = <ReasonedButton size="xs" variant="default" reason={readOnly} loading={doing === 'ping'} onClick={() => change('ping')} data-testid="ping">Send a ping</ReasonedButton>
  return (
    <div data-testid={`webhooks-${of.organization}`}>
      <Panel
        title={of.organization}
        aside={
          <Group gap="sm">
            <Status look={healthLooks[of.health]} testId="health" />
            <ReasonedSwitch label={<>Webhooks<span className="visually-hidden"> of {of.organization}</span></>} checked={on} saving={set.isPending} reasonId={reason && reasonId} onSwitch={(next) => (next ? change('on') : setAsking('off'))} testId="enable-webhooks" />
          </Group>
        }
      >
        <Stack gap="md">
          <Text size="sm" c="dimmed" role="status" className={doing || notYet ? undefined : 'visually-hidden'}>{doing ? 'Saving… GitHub is being told' : notYet}</Text>
          {reason && <Text size="sm" c="dimmed" id={reasonId}>{reason}</Text>}
          {set.error && <ErrorPanel what={whatFailed[set.variables.change]} error={set.error} />}
          {of.enabled && of.cause && <Alert color="orange" title={of.cause.title} data-testid={`cause-${of.cause.code}`}><CauseText cause={of.cause} /></Alert>}
          {!of.enabled && <Left of={of} />}
          {!of.enabled && schedule && <Text size="sm" data-testid="pace">{paceWords(schedule, false)}</Text>}
          {!(of.enabled && of.available) && <Preconditions id={id} of={of} />}
          {of.enabled && (
            <>
              {app && <Text size="sm"><strong>Delivered by the GitHub App.</strong> It has one webhook for all organizations: address, events and secret are set in the App's settings at GitHub.</Text>}
              <Hooks of={of} />
              {!app && (
                <Group gap="xs">
                  {canPing && ping}
                  {canPing && <ReasonedButton size="xs" variant="default" reason={readOnly} loading={doing === 'rotate'} onClick={() => setAsking('rotate')} data-testid="rotate-secret">Replace the secret</ReasonedButton>}
                  {of.cause && of.sources.length > 0 && <ReasonedButton size="xs" variant="default" reason={readOnly} loading={doing === 'on'} onClick={() => change('on')}>Switch on again</ReasonedButton>}
                </Group>
              )}
              <Meter of={of} pace={schedule && paceWords(schedule, true)} />
              <Deliveries id={id} organization={of} ping={canPing ? ping : undefined} />
            </>
          )}
        </Stack>
      </Panel>
      <SwitchOff of={of} app={app} pace={schedule && paceWords(schedule, false)} opened={asking === 'off'} onClose={() => setAsking(undefined)} onConfirm={() => change('off')} />
      <Rotate organization={of.organization} opened={asking === 'rotate'} onClose={() => setAsking(undefined)} onConfirm={() => change('rotate')} />
    </div>
  )
}
