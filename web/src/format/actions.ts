const special: Record<string, string> = {
  'create-session': 'Sign in',
  'delete-session': 'Sign out',
  'return-from-github': 'Come back from GitHub',
  'start-github-oauth': 'Go to GitHub',
  'start-github-app': 'Create the GitHub App',
  'return-from-github-app': 'Take over the GitHub App',
  'delete-github-app': 'Forget the GitHub App',
  'test-github-token': 'Test a GitHub token',
  'set-backfill': 'Change how far back is read',
  'set-auto-import': 'Set auto-import',
  'refresh-organizations': 'Check organizations again',
}

/** The id of an operation in words: pause-integration → "Pause integration". */
export function actionWords(action: string): string {
  const words = special[action] ?? action.replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

const values: Record<string, string> = { true: 'on', false: 'off' }

/** What says nothing to people: ids, and that it was no trial. */
const unsaid = /(^|_)ids?$|^organizations$|^dry_run$/

/** What was sent with an action: { 'body.pull_requests': 'false' } → "pull requests: off". */
export function detailWords(details: Record<string, string> = {}): string {
  return Object.entries(details)
    .flatMap(([name, value]) => (name.startsWith('body.') ? [[name.slice('body.'.length), value] as const] : []))
    .filter(([name]) => !unsaid.test(name))
    .map(([name, value]) => `${name.replaceAll(/[._]/g, ' ')}: ${values[value] ?? value}`)
    .join(', ')
}
