import { Button, Group, Loader, Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { integrationQuery, startSyncs, useRefresh } from '../../api/integrations'
import { plural } from '../../format/count'
import type { Look } from '../../format/status'
import { CauseText } from '../../parts/CauseText'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { LinkButton } from '../../parts/links'
import { Status } from '../../parts/Status'
import { creationOf, type Creation } from './creation'
import type { Wizard } from './useWizard'
import classes from './wizard.module.css'

/** S5 of the App's path, which makes many. Nothing depends on this page: it can be left. */
export function ProgressStep({ wizard }: { wizard: Wizard }) {
  const { created } = wizard.choices
  return (
    <>
      <Text>{plural(created.length, 'integration')} created. {created.length === 1 ? 'Its' : 'Their'} repos are being listed; you can leave this page.</Text>
      <ul className={`plain-list ${classes.cards}`} data-testid="progress">{created.map((id) => <Created key={id} id={id} />)}</ul>
      <Group><LinkButton to="/settings/integrations">Go to integrations</LinkButton></Group>
    </>
  )
}

const looks: Record<Creation, Look> = {
  working: { word: 'Listing repositories…', colour: 'blue', shape: 'half' },
  ready: { word: 'Ready', colour: 'green', shape: 'check' },
  blocked: { word: 'Action required', colour: 'red', shape: 'cross' },
}

function Created({ id }: { id: string }) {
  const refresh = useRefresh()
  const again = useMutation({ mutationFn: (_lastEventAt: string | undefined) => startSyncs(id), onSuccess: () => refresh(id) })
  const integration = useQuery({
    ...integrationQuery(id),
    refetchInterval: ({ state: { data } }) => (data && creationOf(data, again.isSuccess, again.variables) !== 'working' ? false : 2_000),
  })
  const i = integration.data
  if (!i) return <li className="panel" style={{ padding: 16 }}>{integration.error ? <ErrorPanel what="It could not be read" error={integration.error} retry={() => void integration.refetch()} /> : <Loader size="xs" aria-label="Loading" />}</li>
  const creation = creationOf(i, again.isSuccess, again.variables)
  const name = <span className="visually-hidden"> {i.name}</span>
  return (
    <li className="panel" style={{ padding: '12px 16px' }} data-testid={`created-${i.name}`}>
      <Group justify="space-between" gap="sm">
        <Group gap="sm" role="status">
          <Text fw={600} span>{i.name}</Text><Status look={looks[creation]} />
          {creation === 'ready' && i.repositories && <Text size="sm" span c="dimmed">{plural(i.repositories.visible, 'repo')} visible</Text>}
        </Group>
        <Group gap="xs">
          {creation === 'blocked' && <Button size="xs" variant="default" loading={again.isPending} onClick={() => again.mutate(i.last_event_at)}>Retry{name}</Button>}
          {creation === 'ready' && <LinkButton size="xs" variant="default" to="/settings/integrations/$id/repos" params={{ id }}>Check repos{name}</LinkButton>}
          <LinkButton size="xs" variant="default" to="/settings/integrations/$id" params={{ id }}>Open{name}</LinkButton>
        </Group>
      </Group>
      {i.cause && <CauseText cause={i.cause} />}
      {again.error && <ErrorPanel what="It was not tried again" error={again.error} />}
    </li>
  )
}
