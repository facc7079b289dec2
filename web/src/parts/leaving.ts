const key = 'tributary.left'

/** Where people were that go to GitHub in this window: nothing for the wizard, to which GitHub leads back. */
export type Place = { to: 'github-app' } | { to: 'settings'; id: string }

/** Storage can be full or forbidden: then GitHub leads back to the wizard. */
export function leaveFrom(place: Place | undefined) {
  try {
    if (place) sessionStorage.setItem(key, JSON.stringify(place))
    else sessionStorage.removeItem(key)
  } catch { /* as above */ }
}

/** Where people were, told once. */
export function placeLeft(): Place | undefined {
  try {
    const stored = sessionStorage.getItem(key)
    sessionStorage.removeItem(key)
    return stored === null ? undefined : (JSON.parse(stored) as Place)
  } catch {
    return undefined
  }
}
