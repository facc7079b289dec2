import { ActionIcon, Group, Menu, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useNavigate } from '@tanstack/react-router'
import { Fragment } from 'react'
import type { Integration } from '../../api/integrations'
import { useReadOnlyReason } from '../../api/session'
import { integrationLook, methodWords, whyNoSync } from '../../format/status'
import { DeleteIntegration } from '../../parts/DeleteIntegration'
import { ExternalLink } from '../../parts/links'
import { ReasonedButton } from '../../parts/ReasonedButton'
import { Status } from '../../parts/Status'
import { Time } from '../../parts/Time'
import { useActions } from '../../parts/useActions'

export function HeaderActions({ integration: i }: { integration: Integration }) {
  const { act, pending } = useActions(i)
  const [deleting, { open, close }] = useDisclosure(false)
  const navigate = useNavigate()
  const readOnly = useReadOnlyReason()
  return (
    <>
      <ReasonedButton variant="default" reason={readOnly ?? whyNoSync(i.lifecycle)} loading={pending === 'sync'} onClick={() => act('sync')} data-testid="sync-now">Sync now</ReasonedButton>
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
      <DeleteIntegration integration={i} opened={deleting} onClose={close} onDeleted={() => void navigate({ to: '/settings/integrations' })} />
    </>
  )
}

export function HeaderFacts({ integration: i, paused }: { integration: Integration; paused: boolean }) {
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
        {i.organizations.map((o, n) => (
          <Fragment key={o.id}>{n > 0 && ', '}<ExternalLink href={o.html_url}>{o.login}<span className="visually-hidden"> on GitHub</span></ExternalLink></Fragment>
        ))}
        {i.auth_method && <>{i.organizations.length > 0 && ' · '}{methodWords[i.auth_method]} via {i.login}</>}
      </Text>
      <Text size="sm" c="dimmed" role="status" data-testid="live">{paused ? 'Live updates paused – checking every 10 s' : ''}</Text>
    </Stack>
  )
}
