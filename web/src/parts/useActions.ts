import { useIntent, type Integration } from '../api/integrations'
import { tell } from './toast'

const done = { sync: 'Sync started', pause: 'Paused', resume: 'Resumed' } as const

/** What can be done with an integration without being asked back; the corner of the page says what became of it. */
export function useActions(i: Pick<Integration, 'id' | 'name'>) {
  const { mutateAsync, isPending, variables } = useIntent()
  return {
    act: (intent: keyof typeof done) => tell(mutateAsync({ id: i.id, intent }), `${done[intent]}: ${i.name}`, i.name),
    pending: isPending ? variables.intent : undefined,
  }
}
