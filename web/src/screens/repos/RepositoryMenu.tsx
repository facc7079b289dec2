import { ActionIcon, Menu } from '@mantine/core'
import { useState } from 'react'
import { toApiError } from '../../api/problem'
import { useRepositoryAction, type Action, type Repository } from '../../api/repositories'
import { useReadOnlyReason } from '../../api/session'
import { toast } from '../../parts/toast'
import { actionsOf, actionWords, doneWords, viewOf } from './actions'
import { RemoveDialog } from './RemoveDialog'

export function RepositoryMenu({ id, repository: r }: { id: string; repository: Repository }) {
  const [removing, setRemoving] = useState(false)
  const action = useRepositoryAction(id)
  const readOnly = useReadOnlyReason()
  const view = viewOf(r)
  const act = (wanted: Action) => action.mutate({ action: wanted, choice: { repository_ids: [r.id] } }, {
    onSuccess: () => toast(`${doneWords[wanted]} ${r.full_name}`),
    onError: (error) => toast(`${r.full_name}: ${toApiError(error).title}. ${toApiError(error).remediation.text}`),
  })
  return (
    <>
      <Menu position="bottom-end" width={200}>
        <Menu.Target><ActionIcon variant="subtle" color="gray" c="var(--mantine-color-text)" aria-label={`Actions for ${r.full_name}`}>⋯</ActionIcon></Menu.Target>
        <Menu.Dropdown>
          {readOnly ? <Menu.Label>{readOnly}</Menu.Label> : actionsOf[view].map((a) => <Menu.Item key={a} onClick={() => act(a)}>{actionWords[a]}</Menu.Item>)}
          {!readOnly && view === 'imported' && <Menu.Item c="var(--status-red)" onClick={() => setRemoving(true)}>Remove…</Menu.Item>}
          <Menu.Item component="a" href={r.html_url} target="_blank" rel="noreferrer">Open on GitHub</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {removing && <RemoveDialog id={id} repositories={[{ id: r.id, name: r.full_name }]} onClose={() => setRemoving(false)} onDone={() => setRemoving(false)} />}
    </>
  )
}
