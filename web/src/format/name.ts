/** What is wrong with a name that nobody has to be asked about. */
export function nameError(name: string): string | undefined {
  if (name.trim() === '') return 'Enter a name.'
  if ([...name.trim()].length > 100) return 'Use at most 100 characters.'
  return undefined
}
