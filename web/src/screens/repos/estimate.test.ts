import { describe, expect, it } from 'vitest'
import { estimateFilter, estimateWords } from './estimate'

describe('estimateFilter', () => {
  const from = '2026-01-01T00:00:00Z'
  it('is of the whole view, an organization and a push date', () => {
    expect(estimateFilter({ selection: ['available'] }, from)).toEqual({ selection: ['available'], backfill_from: from })
    expect(estimateFilter({ selection: ['ignored'], organization: 7, pushed_since: from }, undefined)).toEqual({ selection: ['ignored'], organization: 7, pushed_since: from })
  })
  it('is of nothing else', () => {
    expect(estimateFilter({ selection: ['available'], q: 'api' }, from)).toBeUndefined()
    expect(estimateFilter({ selection: ['available'], archived: false }, from)).toBeUndefined()
    expect(estimateFilter({ selection: ['available'], language: ['Go'] }, from)).toBeUndefined()
  })
})

describe('estimateWords', () => {
  const estimate = { repositories: 42, commits_unknown: 0, requests: 1240, graphql_points: 310, hours: 0.4 }
  it('says what it takes and how long', () => {
    expect(estimateWords(estimate)).toBe("Importing takes about 1,240 requests and 310 GraphQL points, 24 min if nothing else uses the account's allowance.")
  })
  it('is a lower bound where something was not counted', () => {
    expect(estimateWords({ ...estimate, commits_unknown: 1 })).toMatch(/^Importing takes at least 1,240 requests .* GitHub has not counted the commits of 1 repo yet\.$/)
  })
  it('is never more exact than it can be', () => {
    expect(estimateWords({ ...estimate, hours: 0.0002, requests: 1, graphql_points: 1 })).toMatch(/about 1 request and 1 GraphQL point, a minute if/)
    expect(estimateWords({ ...estimate, hours: 0 })).toContain(', a minute if')
    expect(estimateWords({ ...estimate, hours: 30.01 })).toContain(', 1 d 6 h if')
  })
})
