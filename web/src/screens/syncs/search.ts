import { compact, number, oneOf, text, type Raw } from '../../format/search'
import { syncStateLooks, triggerWords, type SyncState } from '../../format/status'

export const states = Object.keys(syncStateLooks) as SyncState[]
export const triggers = Object.keys(triggerWords) as (keyof typeof triggerWords)[]
export const stateWords = Object.fromEntries(states.map((state) => [state, syncStateLooks[state].word])) as Record<SyncState, string>

/** Repositories do not wait: their sync does. */
export const partStates = states.filter((state) => state !== 'waiting')

export interface SyncsSearch {
  organization?: number | undefined
  state?: SyncState | undefined
  trigger?: (typeof triggers)[number] | undefined
  /** The sync whose repositories are shown. */
  sync?: string | undefined
  /** Which of its repositories. */
  repos?: (typeof partStates)[number] | undefined
}

export function readSyncsSearch(raw: Raw): SyncsSearch {
  return compact({
    organization: number(raw, 'organization'), state: oneOf(raw, 'state', states), trigger: oneOf(raw, 'trigger', triggers),
    sync: text(raw, 'sync'), repos: oneOf(raw, 'repos', partStates),
  })
}
