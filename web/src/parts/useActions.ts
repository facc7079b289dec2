import { useIntent, type Integration, type Intent } from '../api/integrations'
import { tell } from './toast'

const done: Record<Intent, string> = { sync: 'Sync started', pause: 'Paused', resume: 'Resumed', delete: 'Deleting' }

/** What can be done with an integration without being asked back; the corner of the page says what became of it. */
export function useActions(i: Pick<Integration, 'id' | 'name'>) {
  const { mutateAsync, isPending, variables } = useIntent()
  return {
    act: (intent: Intent) => tell(mutateAsync({ id: i.id, intent }), `${done[intent]}: ${i.name}`, i.name),
    pending: isPending ? variables.intent : undefined,
  }
}
