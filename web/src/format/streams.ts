import type { components } from '../api/schema'

export type Stream = components['schemas']['Stream']
export type StreamKind = Stream['kind']

export const streamWords: Record<StreamKind, string> = {
  commits: 'commits',
  commit_details: 'commit details',
  pull_requests: 'pull requests',
  pull_request_details: 'pull request details',
  review_comments: 'review comments',
  issue_comments: 'comments',
  issues: 'tickets',
  issue_events: 'events',
  releases: 'releases',
}

const counted = {
  commits: ['commit', 'commits'], pull_requests: ['pull request', 'pull requests'], issues: ['ticket', 'tickets'], reviews: ['review', 'reviews'],
  review_comments: ['review comment', 'review comments'], issue_comments: ['comment', 'comments'],
} as const

/** What a sync has stored so far: "1,240 commits, 1 pull request". */
export function storedWords(stored: Record<string, unknown>, count: (n: number) => string): string {
  return Object.entries(counted)
    .flatMap(([kind, [one, many]]) => { const n = stored[kind]; return typeof n === 'number' && n > 0 ? [`${count(n)} ${n === 1 ? one : many}`] : [] })
    .join(', ')
}

/** How far a repository is, over those of its streams whose size GitHub tells. */
export function progressOf(streams: Stream[]): { done: number; total: number } {
  const known = streams.filter((s) => s.expected > 0)
  return {
    done: known.reduce((sum, s) => sum + Math.min(s.stored, s.expected), 0),
    total: known.reduce((sum, s) => sum + s.expected, 0),
  }
}

/** What is being read of a repository now. */
export function phaseOf(streams: Stream[]): string {
  const open = streams.filter((s) => !s.complete_through || (s.expected > 0 && s.stored < s.expected))
  return (open.length > 0 ? open : streams).slice(0, 2).map((s) => streamWords[s.kind]).join(', ')
}
