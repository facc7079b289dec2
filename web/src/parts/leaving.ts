import { remember, remembered } from '../api/tab'

const key = 'tributary.left'

/** Where people were that go to GitHub in this window: nothing for the wizard, to which GitHub leads back. */
export type Place = { to: 'github-app' } | { to: 'settings'; id: string }

export function leaveFrom(place: Place | undefined) {
  remember(key, place ? JSON.stringify(place) : '')
}

/** Where people were, told once. */
export function placeLeft(): Place | undefined {
  const stored = remembered(key)
  leaveFrom(undefined)
  return stored ? (JSON.parse(stored) as Place) : undefined
}
