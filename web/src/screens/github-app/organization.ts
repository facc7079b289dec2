/** What is wrong with the name of an organization that GitHub does not have to be asked about. */
export function organizationError(typed: string): string | undefined {
  const name = typed.trim()
  if (name === '') return 'Enter the name of the organization.'
  if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,38}$/.test(name)) return 'Names of organizations have letters, digits and hyphens, 39 at most.'
  return undefined
}
