/** octo-org → "OO", golden → "Go". */
export function initials(login: string): string {
  const [first = '', second] = login.split(/[^\p{L}\p{N}]+/u).filter(Boolean)
  const letters = second ? first.charAt(0) + second.charAt(0).toUpperCase() : first.slice(0, 2)
  return letters.charAt(0).toUpperCase() + letters.slice(1)
}

/** A colour of its own for each name, the same everywhere: degrees. */
export function hueOf(login: string): number {
  return [...login.toLowerCase()].reduce((hash, letter) => (hash * 31 + (letter.codePointAt(0) ?? 0)) % 360, 7)
}
