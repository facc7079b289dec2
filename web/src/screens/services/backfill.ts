import type { From } from '../../api/services'
import { backfillFrom, backfills, backfillWords, type Backfill } from '../../format/backfill'

export interface Start { value: Backfill; word: string; from: From }

/** From where reading can begin instead of where it does: only further back, for what is stored stays. */
export function startsBefore(present: string | undefined, now: Date): Start[] {
  if (!present) return []
  return backfills
    .map((value) => ({ value, word: backfillWords[value], from: backfillFrom(value, now) ?? null }))
    .filter(({ from }) => from === null || new Date(from) < new Date(present))
}
