import { ActionIcon, Menu } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useNavigate } from '@tanstack/react-router'
import { useIntent, type Integration, type Intent } from '../../api/integrations'
import { toApiError } from '../../api/problem'
import { useReadOnlyReason } from '../../api/session'
import { DeleteIntegration } from '../../parts/DeleteIntegration'
import { toast } from '../../parts/toast'

const done: Record<'sync' | 'pause' | 'resume', string> = { sync: 'Sync started', pause: 'Paused', resume: 'Resumed' }

export function RowMenu({ integration: i }: { integration: Integration }) {
  const [deleting, { open, close }] = useDisclosure(false)
  const navigate = useNavigate()
  const readOnly = useReadOnlyReason()
  const act = useActions(i)
  const gone = i.lifecycle === 'deleting'
  return (
    <>
      <Menu position="bottom-end" width={200}>
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
      <DeleteIntegration integration={i} opened={deleting} onClose={close} onDeleted={close} />
    </>
  )
}

function useActions(i: Integration) {
  const mutations = { sync: useIntent('sync'), pause: useIntent('pause'), resume: useIntent('resume') }
  return (intent: Exclude<Intent, 'delete'>) => mutations[intent].mutate({ id: i.id }, {
    onSuccess: () => toast(`${done[intent]}: ${i.name}`),
    onError: (error) => toast(`${i.name}: ${toApiError(error).title}. ${toApiError(error).remediation.text}`),
  })
}
