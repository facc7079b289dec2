import { compact, type Raw } from '../../format/search'

export interface PullsSearch {}

export function readPullsSearch(_raw: Raw): PullsSearch {
  return compact({})
}
