import { Button, Group, Text } from '@mantine/core'
import { useState } from 'react'
import { useRepositoryAction, type Action, type ListFilter, type Repository } from '../../api/repositories'
import { plural } from '../../format/count'
import { tell } from '../../parts/toast'
import { actionsOf, actionWords, doneWords } from './actions'
import { ImportEstimate } from './ImportEstimate'
import { RemoveDialog } from './RemoveDialog'
import type { View } from './search'
import type { Chosen } from './useChosen'

interface Props {
  id: string
  view: View
  chosen: Chosen
  /** How many the filter shows, and the first of them. */
  total: number | undefined
  first: Repository[]
  filter: Omit<ListFilter, 'sort'>
}

const ofFilters: Action[] = ['import', 'ignore', 'restore'] // the others take names only

/** What can be done with all that is ticked. */
export function BulkBar({ id, view, chosen, total = 0, first, filter }: Props) {
  const [removing, setRemoving] = useState(false)
  const action = useRepositoryAction(id)
  if (chosen.size === 0 && !chosen.everything) return null
  const whole = chosen.everything || (first.length === total && chosen.size === total && first.every(chosen.has))
  const n = chosen.everything ? total : chosen.size
  const choice = chosen.everything ? { filter: withoutNull(filter) } : { repository_ids: chosen.ids }
  const act = (wanted: Action) => tell(action.mutateAsync({ action: wanted, choice }, { onSuccess: chosen.clear }), ({ changed }) => `${doneWords[wanted]} ${plural(changed, 'repo')}`)
  const actions = actionsOf[view].filter((a) => !chosen.everything || ofFilters.includes(a))
  return (
    <Group className="panel bulk" gap="xs" p="xs" role="region" aria-label="Selected repos" data-testid="bulk">
      <Text size="sm" fw={600} role="status">{plural(n, 'repo')} selected</Text>
      {actions.map((a) => <Button key={a} size="xs" variant={a === 'import' ? 'filled' : 'default'} loading={action.isPending && action.variables.action === a} onClick={() => act(a)}>{actionWords[a]}</Button>)}
      {view === 'imported' && !chosen.everything && <Button size="xs" variant="default" c="var(--status-red)" onClick={() => setRemoving(true)}>Remove…</Button>}
      {!chosen.everything && total > chosen.size && <Button size="xs" variant="default" onClick={chosen.all}>Select all {plural(total, 'repo')} of this view</Button>}
      <Button size="xs" variant="default" onClick={chosen.clear}>Clear selection</Button>
      {n > 1 && actions.includes('import') && <ImportEstimate id={id} filter={whole ? filter : undefined} />}
      <RemoveDialog id={id} repositories={chosen.ids.map((rid, i) => ({ id: rid, name: chosen.names[i] ?? '' }))} opened={removing} onClose={() => setRemoving(false)} onDone={() => { setRemoving(false); chosen.clear() }} />
    </Group>
  )
}

type WithoutNull<T> = { [K in keyof T]: Exclude<T[K], null> }

/** A query writes an absent list as null, a body leaves it out. */
function withoutNull<T extends object>(filter: T): WithoutNull<T> {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== null)) as WithoutNull<T>
}
