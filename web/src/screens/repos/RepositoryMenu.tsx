import { ActionIcon, Menu } from '@mantine/core'
import { useState } from 'react'
import { useRepositoryAction, type Action, type Repository } from '../../api/repositories'
import { useReadOnlyReason } from '../../api/session'
import { newTab } from '../../parts/links'
import { tell } from '../../parts/toast'
import { actionsOf, actionWords, doneWords, viewOf } from './actions'
import { RemoveDialog } from './RemoveDialog'

export function RepositoryMenu({ id, repository: r }: { id: string; repository: Repository }) {
  const [removing, setRemoving] = useState(false)
  const action = useRepositoryAction(id)
  const readOnly = useReadOnlyReason()
  const view = viewOf(r)
  const act = (wanted: Action) => tell(action.mutateAsync({ action: wanted, choice: { repository_ids: [r.id] } }), `${doneWords[wanted]} ${r.full_name}`, r.full_name)
  return (
    <>
      <Menu position="bottom-end" width={200}>
        <Menu.Target><ActionIcon variant="subtle" color="gray" c="var(--mantine-color-text)" aria-label={`Actions for ${r.full_name}`}>⋯</ActionIcon></Menu.Target>
        <Menu.Dropdown>
          {readOnly ? <Menu.Label>{readOnly}</Menu.Label> : actionsOf[view].map((a) => <Menu.Item key={a} onClick={() => act(a)}>{actionWords[a]}</Menu.Item>)}
          {!readOnly && view === 'imported' && <Menu.Item c="var(--status-red)" onClick={() => setRemoving(true)}>Remove…</Menu.Item>}
          <Menu.Item component="a" href={r.html_url} target="_blank" rel="noreferrer">Open on GitHub{newTab}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <RemoveDialog id={id} repositories={[{ id: r.id, name: r.full_name }]} opened={removing} onClose={() => setRemoving(false)} onDone={() => setRemoving(false)} />
    </>
  )
}
