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
const midnight = 'T00:00:00Z'

/** Ids say nothing to people. */
const unsaid = /(^|_)ids?$|^organizations$/

/** What was sent with an action: { 'body.pull_requests': 'false' } → "pull requests: off". */
export function detailWords(details: Record<string, string> = {}): string {
  return Object.entries(details)
    .flatMap(([name, value]) => {
      if (name === 'body.dry_run') return value === 'true' ? ['only tried'] : []
      const what = name.replace(/^body\.(services\.)?/, '')
      if (what === name || unsaid.test(what)) return []
      return [`${what.replaceAll(/[._]/g, ' ')}: ${values[value] ?? value.replace(midnight, '')}`]
    })
    .join(', ')
}
