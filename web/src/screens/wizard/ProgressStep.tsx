import { Button, Group, Loader, Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { integrationQuery, startSyncs, useRefresh, type Integration } from '../../api/integrations'
import { plural } from '../../format/count'
import type { Look } from '../../format/status'
import { CauseText } from '../../parts/CauseText'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { LinkButton } from '../../parts/links'
import { Status } from '../../parts/Status'
import type { Wizard } from './useWizard'
import classes from './wizard.module.css'

/** S5 of the App's path, which makes many. Nothing depends on this page: it can be left. */
export function ProgressStep({ wizard }: { wizard: Wizard }) {
  const { created } = wizard.choices
  return (
    <>
      <Text>{plural(created.length, 'integration')} created. Their repositories are being listed; you can leave this page.</Text>
      <ul className={`${classes.plain} ${classes.cards}`} data-testid="progress">{created.map((id) => <Created key={id} id={id} />)}</ul>
      <Group><LinkButton to="/settings/integrations">Go to integrations</LinkButton></Group>
    </>
  )
}

const working: Look = { word: 'Listing repositories…', colour: 'blue', shape: 'half' }
const ready: Look = { word: 'Ready', colour: 'green', shape: 'dot' }
const failed: Look = { word: 'Action required', colour: 'red', shape: 'cross' }

/** Whether nothing more is to come; how an integration is later, its own page tells. */
const settled = (i: Integration | undefined) => i !== undefined && !i.creating && !i.cause

function Created({ id }: { id: string }) {
  const refresh = useRefresh()
  const integration = useQuery({ ...integrationQuery(id), refetchInterval: (query) => (settled(query.state.data) ? false : 2_000) })
  const again = useMutation({ mutationFn: () => startSyncs(id), onSuccess: () => refresh(id) })
  const i = integration.data
  if (!i) return <li className="panel" style={{ padding: 16 }}>{integration.error ? <ErrorPanel what="It could not be read" error={integration.error} retry={() => void integration.refetch()} /> : <Loader size="xs" aria-label="Loading" />}</li>
  const look = i.cause ? failed : i.creating ? working : ready
  return (
    <li className="panel" style={{ padding: '12px 16px' }} data-testid={`created-${i.name}`}>
      <Group justify="space-between" gap="sm">
        <Group gap="sm" role="status">
          <Text fw={600} span>{i.name}</Text><Status look={look} />
          {!i.creating && i.repositories && <Text size="sm" span c="dimmed">{plural(i.repositories.visible, 'repo')} visible</Text>}
        </Group>
        <Group gap="xs">
          {i.cause && <Button size="xs" variant="default" loading={again.isPending} onClick={() => again.mutate()}>Retry<span className="visually-hidden"> {i.name}</span></Button>}
          <LinkButton size="xs" variant="default" to="/settings/integrations/$id" params={{ id }}>{look === ready ? 'Check repos' : 'Open'}<span className="visually-hidden"> of {i.name}</span></LinkButton>
        </Group>
      </Group>
      {i.cause && <CauseText cause={i.cause} />}
      {again.error && <ErrorPanel what="It was not tried again" error={again.error} />}
    </li>
  )
}
