import { useMemo, useState } from 'react'
import type { Repository } from '../../api/repositories'

export interface Chosen {
  size: number
  ids: number[]
  names: string[]
  /** All that the filter shows, also what is not loaded. */
  everything: boolean
  has: (r: Repository) => boolean
  toggle: (rows: Repository[], on: boolean) => void
  all: () => void
  clear: () => void
}

interface Ticked { view: string; filter: string; rows: Map<number, string>; everything: boolean }

/** What stays ticked: in another view nothing, and with another filter the rows, but not all that the first one showed. */
export function carried(before: Ticked, view: string, filter: string): Ticked {
  if (before.view === view && before.filter === filter) return before
  return { view, filter, rows: before.view === view ? before.rows : new Map(), everything: false }
}

/** The rows that are ticked. */
export function useChosen(view: string, filter: string): Chosen {
  const [state, setState] = useState<Ticked>({ view, filter, rows: new Map(), everything: false })
  const current = carried(state, view, filter)
  if (current !== state) setState(current)
  return useMemo(() => ({
    size: current.rows.size,
    ids: [...current.rows.keys()],
    names: [...current.rows.values()],
    everything: current.everything,
    has: (r) => current.everything || current.rows.has(r.id),
    toggle: (rows, on) => {
      const next = new Map(current.rows)
      for (const r of rows) {
        if (on) next.set(r.id, r.full_name)
        else next.delete(r.id)
      }
      setState({ ...current, rows: next, everything: false })
    },
    all: () => setState({ ...current, everything: true }),
    clear: () => setState({ ...current, rows: new Map(), everything: false }),
  }), [current])
}
