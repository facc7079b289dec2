import type { Estimate, EstimateFilter, ListFilter } from '../../api/repositories'
import { plural } from '../../format/count'
import { compact } from '../../format/search'
import { duration } from '../../format/time'

/** What an estimate is asked for; undefined where the filter tells apart what an estimate cannot. */
export function estimateFilter(filter: Omit<ListFilter, 'sort'>, backfillFrom: string | undefined): EstimateFilter | undefined {
  const { organization, selection, pushed_since, ...others } = compact(filter)
  return Object.keys(others).length === 0 ? compact({ organization, selection, pushed_since, backfill_from: backfillFrom }) : undefined
}

/** What importing asks GitHub for. */
export function estimateWords({ requests, graphql_points, hours, commits_unknown }: Estimate): string {
  const minutes = Math.ceil(60 * hours)
  const time = minutes <= 1 ? 'a minute' : duration(60 * minutes)
  const sum = `${plural(requests, 'request')} and ${plural(graphql_points, 'GraphQL point')}, ${time} if nothing else uses the account's allowance.`
  return commits_unknown > 0
    ? `Importing takes at least ${sum} GitHub has not counted the commits of ${plural(commits_unknown, 'repo')} yet.`
    : `Importing takes about ${sum}`
}
