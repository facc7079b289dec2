// What this tab remembers over a reload. Storage can be full or forbidden: then a
// reload loses it, and nothing else.

export function remembered(key: string): string | null {
  try {
    return sessionStorage.getItem(key)
  } catch {
    return null
  }
}

export function remember(key: string, text: string) {
  try {
    sessionStorage.setItem(key, text)
  } catch { /* as above */ }
}

export function forgetTab() {
  try {
    sessionStorage.clear()
  } catch { /* as above */ }
}
