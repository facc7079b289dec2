import { ActionIcon, Anchor, Group, Menu, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Fragment } from 'react'
import { connectionQuery, useIntent, type Integration } from '../../api/integrations'
import { toApiError } from '../../api/problem'
import { useReadOnlyReason } from '../../api/session'
import { integrationLook, methodWords, whyNoSync } from '../../format/status'
import { DeleteIntegration } from '../../parts/DeleteIntegration'
import { organizationURL } from '../../parts/github'
import { ReasonedButton } from '../../parts/ReasonedButton'
import { Status } from '../../parts/Status'
import { Time } from '../../parts/Time'
import { toast } from '../../parts/toast'

const done = { sync: 'Sync started', pause: 'Paused', resume: 'Resumed' } as const

function Actions({ integration: i }: { integration: Integration }) {
  const intents = { sync: useIntent('sync'), pause: useIntent('pause'), resume: useIntent('resume') }
  const [deleting, { open, close }] = useDisclosure(false)
  const navigate = useNavigate()
  const readOnly = useReadOnlyReason()
  const act = (intent: keyof typeof done) => intents[intent].mutate({ id: i.id }, {
    onSuccess: () => toast(done[intent]),
    onError: (error) => toast(`${toApiError(error).title}. ${toApiError(error).remediation.text}`),
  })
  return (
    <>
      <ReasonedButton variant="default" reason={readOnly ?? whyNoSync(i.lifecycle)} loading={intents.sync.isPending} onClick={() => act('sync')} data-testid="sync-now">Sync now</ReasonedButton>
      <Menu position="bottom-end" width={200}>
        <Menu.Target><ActionIcon variant="default" size={36} aria-label="More actions">⋯</ActionIcon></Menu.Target>
        <Menu.Dropdown>
          {readOnly ? <Menu.Label>{readOnly}</Menu.Label> : (
            <>
              {i.lifecycle === 'paused' ? <Menu.Item onClick={() => act('resume')}>Resume</Menu.Item> : <Menu.Item onClick={() => act('pause')}>Pause</Menu.Item>}
              <Menu.Divider />
              <Menu.Item c="var(--status-red)" onClick={open}>Delete…</Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      {deleting && <DeleteIntegration integration={i} onClose={close} onDeleted={() => void navigate({ to: '/settings/integrations' })} />}
    </>
  )
}

function Facts({ integration: i, paused }: { integration: Integration; paused: boolean }) {
  const { data: connection } = useQuery(connectionQuery(i.id))
  const method = connection && methodWords[connection.auth_method]
  return (
    <Stack gap={4} mb="md">
      <Group gap="sm">
        <Status look={integrationLook(i.lifecycle, i.data_status)} testId="data-status" />
        {i.lifecycle === 'active' && i.cause && <Text size="sm">{i.cause.title}</Text>}
        <Text size="sm" c="dimmed" component="span">
          {i.complete_through ? <>Complete through <Time at={i.complete_through} form="clock" /></> : 'Not complete yet'}
        </Text>
      </Group>
      <Text size="sm" c="dimmed" component="p" m={0}>
        {(connection?.organizations ?? []).map((o, n) => (
          <Fragment key={o.id}>{n > 0 && ', '}<Anchor inherit underline="always" href={organizationURL(o.login)} target="_blank" rel="noreferrer">{o.login}<span className="visually-hidden"> on GitHub (new tab)</span></Anchor></Fragment>
        ))}
        {method && <>{connection.organizations.length > 0 && ' · '}{method} via {connection.login}</>}
      </Text>
      <Text size="sm" c="dimmed" role="status" data-testid="live">{paused ? 'Live updates paused – checking every 10 s' : ''}</Text>
    </Stack>
  )
}

export const Header = { Actions, Facts }
