import { useCallback, useState } from 'react'
import { remember, remembered } from '../../api/tab'
import { choicesFor, parseChoices, type Choices } from './choices'

const key = 'tributary.wizard'

export type Change = (change: Partial<Choices>) => void

/** What was chosen in this tab for a connection. It is there after a reload, and after a way through GitHub. */
export function useChoices(connection: string): [Choices, Change] {
  const [choices, setChoices] = useState(() => parseChoices(remembered(key)))
  const change = useCallback((next: Partial<Choices>) => setChoices((before) => {
    const after = { ...choicesFor(before, next.connection ?? connection), ...next }
    remember(key, JSON.stringify(after))
    return after
  }), [connection])
  return [choicesFor(choices, connection), change]
}
