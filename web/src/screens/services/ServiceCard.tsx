import { Group, Stack, Text } from '@mantine/core'
import { useId, useState } from 'react'
import type { Integration } from '../../api/integrations'
import { useSwitchService, type CollectedService, type From } from '../../api/services'
import { useReadOnlyReason } from '../../api/session'
import { serviceStateLooks, serviceWords } from '../../format/status'
import { CauseText } from '../../parts/CauseText'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Panel } from '../../parts/Panel'
import { ReasonedSwitch } from '../../parts/ReasonedSwitch'
import { Status } from '../../parts/Status'
import { toast } from '../../parts/toast'
import type { Need, Unavailable } from './needs'
import { ServiceFacts } from './ServiceFacts'
import { SwitchOff } from './SwitchOff'
import { SwitchOn } from './SwitchOn'

interface Props {
  integration: Integration
  collected: CollectedService
  needs: Need[]
  unavailable: Unavailable[]
  /** No organization lets it be read. */
  nowhere: boolean
  /** It is the only one that is on. */
  last: boolean
}

/** One service: what it needs, what there is of it, and its switch. */
export function ServiceCard({ integration, collected, needs, unavailable, nowhere, last }: Props) {
  const [asking, setAsking] = useState<'on' | 'off'>()
  const set = useSwitchService(integration.id)
  const readOnly = useReadOnlyReason()
  const reasonId = useId()
  const { service } = collected
  const name = serviceWords[service]
  const on = set.isPending ? set.variables.on : collected.on
  const reason = readOnly
    ?? (last ? 'At least one service stays on. To stop everything, pause the integration.' : undefined)
    ?? (nowhere && !collected.on ? 'It cannot be switched on: no organization lets it be read.' : undefined)
  const close = () => setAsking(undefined)
  const change = (on: boolean, from?: From) => {
    close()
    set.mutate({ service, on, from }, { onSuccess: () => toast(on ? `${name} is switched on. What is missing is read next.` : `${name} is switched off. What is stored stays.`) })
  }
  return (
    <div data-testid={`service-${service}`}>
      <Panel
        title={name}
        aside={
          <Group gap="sm">
            <Text size="sm" c="dimmed" role="status" className={set.isPending ? undefined : 'visually-hidden'}>{set.isPending ? 'Saving…' : ''}</Text>
            <Status look={serviceStateLooks[collected.state]} />
            <ReasonedSwitch label={<>Collect<span className="visually-hidden"> {name}</span></>} checked={on} saving={set.isPending} reasonId={reason && reasonId} onSwitch={(next) => { set.reset(); setAsking(next ? 'on' : 'off') }} />
          </Group>
        }
      >
        <Stack gap="sm">
          {reason && <Text size="sm" c="dimmed" id={reasonId}>{reason}</Text>}
          {set.error && <ErrorPanel what={`${name} could not be switched ${set.variables.on ? 'on' : 'off'}. It is as it was`} error={set.error} />}
          {service === 'tickets' && <Text size="sm">Tickets appear only in Work log.</Text>}
          {unavailable.map(({ organization, cause }) => (
            <div key={organization}><Text size="sm" fw={600}>Not available for {organization}{cause && `: ${cause.title}`}</Text>{cause && <CauseText cause={cause} />}</div>
          ))}
          <ServiceFacts integration={integration} collected={collected} needs={needs} />
        </Stack>
      </Panel>
      <SwitchOff collected={collected} opened={asking === 'off'} onClose={close} onConfirm={() => change(false)} />
      <SwitchOn integration={integration} service={service} opened={asking === 'on'} onClose={close} onConfirm={(from) => change(true, from)} />
    </div>
  )
}
