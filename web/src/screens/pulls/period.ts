import type { MetricsFilter } from '../../api/pullRequests'
import { compact } from '../../format/search'
import { dayOf, plusDays } from '../../format/days'
import type { PullsSearch } from './search'

const lengths = { month: 30, quarter: 90, year: 365 } as const

/** The days of a period, both of them in it. */
export function daysOf({ period = 'quarter', from, through }: PullsSearch, now: Date, zone: string): { from: string; through: string } {
  const today = dayOf(now, zone)
  const length = period === 'chosen' ? lengths.quarter : lengths[period]
  const usual = { from: plusDays(today, 1 - length), through: today }
  return period === 'chosen' ? { from: from ?? usual.from, through: through ?? usual.through } : usual
}

/** Whose pull requests the API is asked for. */
export function whoOf({ integration, organization, repository, person }: PullsSearch) {
  return compact({ integration_id: integration, organization_id: organization, repository_id: repository, person }) as Pick<MetricsFilter, 'integration_id' | 'organization_id' | 'repository_id' | 'person'>
}

/** "9 Mar", with its year where that is not the one of now. The day is one of a calendar, not a moment. */
export function dateWords(day: string, now: Date): string {
  const year = day.slice(0, 4) === String(now.getFullYear()) ? undefined : 'numeric'
  return new Date(day).toLocaleDateString(undefined, { day: 'numeric', month: 'short', year, timeZone: 'UTC' })
}

/** The last week is not over: what it shows is not all yet. */
export function isPartial(starts: string, through: string): boolean {
  return plusDays(starts, 6) > through
}
