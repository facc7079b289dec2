import { compact, number, oneOf, text, zone, type Raw } from '../../format/search'
import { isDay } from '../../format/days'

export const parts = ['open', 'time'] as const
export const periods = ['month', 'quarter', 'year', 'chosen'] as const // a quarter where none is named
export const waits = ['review', 'author', 'merge', 'ready'] as const
const behinds = ['opened', 'merged', 'closed', 'unreviewed', 'thoroughly_reviewed', 'iterated', 'responded'] as const

export type Waits = (typeof waits)[number]
export type Behind = (typeof behinds)[number]

export interface PullsSearch {
  part?: (typeof parts)[number] | undefined
  period?: (typeof periods)[number] | undefined
  /** The days of a chosen period. */
  from?: string | undefined
  through?: string | undefined
  zone?: string | undefined
  integration?: string | undefined
  organization?: number | undefined
  repository?: number | undefined
  person?: string | undefined
  waits_for?: Waits | undefined
  /** The number whose pull requests are shown. */
  of?: Behind | undefined
}

export function readPullsSearch(raw: Raw): PullsSearch {
  return compact({
    part: oneOf(raw, 'part', parts), period: oneOf(raw, 'period', periods), from: day(raw, 'from'), through: day(raw, 'through'), zone: zone(raw, 'zone'),
    integration: text(raw, 'integration'), organization: number(raw, 'organization'), repository: number(raw, 'repository'), person: text(raw, 'person'),
    waits_for: oneOf(raw, 'waits_for', waits), of: oneOf(raw, 'of', behinds),
  })
}

function day(raw: Raw, key: string): string | undefined {
  const value = text(raw, key)
  return value && isDay(value) ? value : undefined
}
