import { ActionIcon, Menu } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import type { Integration } from '../../api/integrations'
import { useReadOnlyReason } from '../../api/session'
import { useActions } from '../../parts/useActions'

// Asked for with the menu, so that the list is there without it.
const DeleteIntegration = lazy(() => import('../../parts/DeleteIntegration').then((module) => ({ default: module.DeleteIntegration })))

export function RowMenu({ integration: i }: { integration: Integration }) {
  const [deleting, { open, close }] = useDisclosure(false)
  const [wanted, setWanted] = useState(false)
  const navigate = useNavigate()
  const readOnly = useReadOnlyReason()
  const { act } = useActions(i)
  const gone = i.lifecycle === 'deleting'
  return (
    <>
      <Menu position="bottom-end" width={200} onOpen={() => setWanted(true)}>
        <Menu.Target><ActionIcon variant="subtle" color="gray" c="var(--mantine-color-text)" size="lg" aria-label={`Actions for ${i.name}`}>⋯</ActionIcon></Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => void navigate({ to: '/settings/integrations/$id', params: { id: i.id } })}>Open</Menu.Item>
          {readOnly ? <Menu.Label>{readOnly}</Menu.Label> : !gone && (
            <>
              <Menu.Item disabled={i.lifecycle !== 'active'} onClick={() => act('sync')}>Sync now</Menu.Item>
              {i.lifecycle === 'paused' ? <Menu.Item onClick={() => act('resume')}>Resume</Menu.Item> : <Menu.Item disabled={i.lifecycle !== 'active'} onClick={() => act('pause')}>Pause</Menu.Item>}
              <Menu.Item onClick={() => void navigate({ to: '/settings/integrations/$id/settings', params: { id: i.id }, search: { method: i.auth_method } })}>Replace credential</Menu.Item>
              <Menu.Divider />
              <Menu.Item c="var(--status-red)" onClick={open}>Delete…</Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      {wanted && <Suspense><DeleteIntegration integration={i} opened={deleting} onClose={close} onDeleted={close} /></Suspense>}
    </>
  )
}
