import type { PullRequestMetrics } from '../../api/pullRequests'
import type { Behind } from './search'

/** How many pull requests are behind a number of the report. */
export function behindTotal(m: PullRequestMetrics, of: Behind): number {
  switch (of) {
    case 'opened':
    case 'merged':
    case 'closed': return m[of]
    case 'unreviewed':
    case 'thoroughly_reviewed':
    case 'iterated': return m[of].count
    case 'responded': return m.time_to_first_response.count
  }
}
