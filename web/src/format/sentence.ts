/** Details that come from deep inside, or from GitHub, are no sentences yet. */
export function sentence(text: string): string {
  const begun = text.slice(0, 1).toUpperCase() + text.slice(1)
  return begun === '' || /[.!?]$/.test(begun) ? begun : `${begun}.`
}
