import { count } from '../../format/count'

/** In the order of their rows in a cell. */
export const kinds = ['commit', 'merge_commit', 'pull_request', 'comment', 'ticket'] as const
export type Kind = (typeof kinds)[number]

/** How many there are of each kind; large_commit is those of commit with more than 1,000 lines. */
export type Counts = Record<Kind | 'large_commit', number>

export const kindWords: Record<Kind, { name: string; one: string; many: string; counts: string }> = {
  commit: { name: 'Commits', one: 'commit', many: 'commits', counts: 'Without merges, by their author. Hollow: over 1,000 lines.' },
  merge_commit: { name: 'Merge commits', one: 'merge', many: 'merges', counts: 'Commits with two parents or more.' },
  pull_request: { name: 'PR activity', one: 'PR action', many: 'PR actions', counts: 'Opened, merged, closed, reopened, reviewed.' },
  comment: { name: 'PR comments', one: 'PR comment', many: 'PR comments', counts: 'On the conversation or on lines, and the texts of reviews. Emoji in a text count; reactions do not.' },
  ticket: { name: 'Tickets', one: 'ticket action', many: 'ticket actions', counts: 'Issues opened, closed, reopened, assigned, commented.' },
}

export function total(counts: Counts): number {
  return kinds.reduce((sum, kind) => sum + counts[kind], 0)
}

/** "4 commits (1 over 1,000 lines), 1 merge", in the order of the rows; "" for nothing. */
export function countWords(counts: Counts): string {
  return kinds.filter((kind) => counts[kind] > 0).map((kind) => {
    const { one, many } = kindWords[kind]
    const large = kind === 'commit' && counts.large_commit > 0 ? ` (${count(counts.large_commit)} over 1,000 lines)` : ''
    return `${count(counts[kind])} ${counts[kind] === 1 ? one : many}${large}`
  }).join(', ')
}

const mostMarks = 6

/** What a row of a cell shows: at most six marks, those of large commits hollow and never left out, and how many more there are. */
export function marksOf(counts: Counts, kind: Kind): { filled: number; hollow: number; more: number } {
  const shown = Math.min(counts[kind], mostMarks)
  const hollow = kind === 'commit' ? Math.min(counts.large_commit, shown) : 0
  return { filled: shown - hollow, hollow, more: counts[kind] - shown }
}

const actions: Record<string, string> = {
  'commit committed': 'Committed', 'merge_commit committed': 'Committed a merge', 'pull_request changes_requested': 'Changes requested', 'pull_request commented': 'Reviewed',
}

/** What was done, as "Approved". */
export function actionWords(kind: Kind, action: string): string {
  return actions[`${kind} ${action}`] ?? `${action.charAt(0).toUpperCase()}${action.slice(1).replaceAll('_', ' ')}`
}
