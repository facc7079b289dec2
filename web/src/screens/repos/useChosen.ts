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

/** The rows that are ticked in one view. Another view begins with none. */
export function useChosen(view: string): Chosen {
  const [state, setState] = useState({ view, rows: new Map<number, string>(), everything: false })
  const current = state.view === view ? state : { view, rows: new Map<number, string>(), everything: false }
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
      setState({ view, rows: next, everything: false })
    },
    all: () => setState({ ...current, everything: true }),
    clear: () => setState({ view, rows: new Map(), everything: false }),
  }), [current.rows, current.everything, view])
}
