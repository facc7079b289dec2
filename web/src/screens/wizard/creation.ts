import type { Integration } from '../../api/integrations'

/** How the creation of an integration goes: nothing more comes once it is ready or blocked. How it is later, its own page tells. */
export type Creation = 'working' | 'ready' | 'blocked'

/** retriedAt is when its last event was as somebody had it tried again: until there is another one, it is at work. */
export function creationOf(i: Integration, retried: boolean, retriedAt?: string): Creation {
  if (retried && i.last_event_at === retriedAt) return 'working'
  if (i.data_status === 'failed_integration' || i.data_status === 'action_required') return 'blocked'
  return i.creating || i.lifecycle === 'creating' ? 'working' : 'ready'
}
