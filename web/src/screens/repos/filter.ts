import type { ListFilter } from '../../api/repositories'
import { compact } from '../../format/search'
import type { RepositoriesSearch, View } from './search'

export const selections = { available: 'available', imported: 'imported', ignored: 'ignored', excluded: 'excluded_by_rule' } as const

const days = { week: 7, month: 30, quarter: 90, year: 365 } as const
const day = 86_400_000

/** What the API is asked for. A period begins at midnight, so that the same view is the same question all day. */
export function filterOf(search: RepositoriesSearch, view: View | undefined, now: Date): ListFilter {
  const midnight = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate())
  return compact({
    q: search.q, sort: search.sort, archived: search.archived, fork: search.fork,
    selection: view && [selections[view]],
    organization: search.organization,
    status: search.status && [search.status],
    visibility: search.visibility && [search.visibility],
    language: search.language ? [search.language] : undefined,
    pushed_since: search.pushed && new Date(midnight - days[search.pushed] * day).toISOString(),
  })
}

/** Whether anything but the view narrows the list. */
export function isFiltered({ q, organization, status, visibility, archived, fork, language, pushed }: RepositoriesSearch): boolean {
  return [q, organization, status, visibility, archived, fork, language, pushed].some((value) => value !== undefined)
}

export const noFilter: RepositoriesSearch = {
  q: undefined, organization: undefined, status: undefined, visibility: undefined, archived: undefined, fork: undefined, language: undefined, pushed: undefined,
}
