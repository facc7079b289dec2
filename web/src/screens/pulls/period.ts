import type { MetricsFilter } from '../../api/pullRequests'
import { compact } from '../../format/search'
import type { PullsSearch } from './search'

const lengths = { month: 30, quarter: 90, year: 365 } as const
const dayLength = 86_400_000

/** The day that a moment falls on in a time zone, as 2026-03-09. */
export function dayIn(at: Date, zone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(at)
}

/** Days are counted, not hours: some have 23 or 25 of them. */
export function plusDays(day: string, n: number): string {
  return new Date(Date.parse(day) + n * dayLength).toISOString().slice(0, 10)
}

/** The days of a period, both of them in it. */
export function daysOf({ period = 'quarter', from, through }: PullsSearch, now: Date, zone: string): { from: string; through: string } {
  const today = dayIn(now, zone)
  const length = period === 'chosen' ? lengths.quarter : lengths[period]
  const usual = { from: plusDays(today, 1 - length), through: today }
  return period === 'chosen' ? { from: from ?? usual.from, through: through ?? usual.through } : usual
}

/** Whose pull requests the API is asked for. */
export function whoOf({ integration, organization, repository, person }: PullsSearch) {
  return compact({ integration_id: integration, organization_id: organization, repository_id: repository, person }) as Pick<MetricsFilter, 'integration_id' | 'organization_id' | 'repository_id' | 'person'>
}

/** "9 Mar", with its year where that is not the one of now. The day is one of a calendar, not a moment. */
export function dayWords(day: string, now: Date): string {
  const year = day.slice(0, 4) === String(now.getFullYear()) ? undefined : 'numeric'
  return new Date(day).toLocaleDateString(undefined, { day: 'numeric', month: 'short', year, timeZone: 'UTC' })
}

/** The last week is not over: what it shows is not all yet. */
export function isPartial(starts: string, through: string): boolean {
  return plusDays(starts, 6) > through
}
