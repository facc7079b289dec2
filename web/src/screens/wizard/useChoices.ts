import { useCallback, useState } from 'react'
import { choicesFor, parseChoices, type Choices } from './choices'

const key = 'tributary.wizard'

/** Storage can be full or forbidden: then a reload loses what was chosen, and nothing else. */
function stored(): string | null {
  try {
    return sessionStorage.getItem(key)
  } catch {
    return null
  }
}

function store(choices: Choices) {
  try {
    sessionStorage.setItem(key, JSON.stringify(choices))
  } catch { /* as above */ }
}

export type Change = (change: Partial<Choices>) => void

/** What was chosen in this tab for a connection. It is there after a reload, and after a way through GitHub. */
export function useChoices(connection: string): [Choices, Change] {
  const [choices, setChoices] = useState(() => parseChoices(stored()))
  const change = useCallback((next: Partial<Choices>) => setChoices((before) => {
    const after = { ...choicesFor(before, next.connection ?? connection), ...next }
    store(after)
    return after
  }), [connection])
  return [choicesFor(choices, connection), change]
}
