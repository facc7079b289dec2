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

/** The last week is not over: what it shows is not all yet. */
export function isPartial(starts: string, through: string): boolean {
  return plusDays(starts, 6) > through
}
