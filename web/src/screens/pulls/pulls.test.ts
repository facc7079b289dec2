import { describe, expect, it } from 'vitest'
import type { PullRequestMetrics } from '../../api/pullRequests'
import { dateWords } from '../../format/days'
import { behindTotal } from './behind'
import { daysOf, isPartial, whoOf } from './period'
import { labelled, pieces, ticks, wholeTicks } from './scale'
import { readPullsSearch } from './search'

describe('ticks', () => {
  it.each([
    [0, [0, 1]], [1, [0, 0.5, 1]], [3.4, [0, 1, 2, 3, 4]], [10, [0, 5, 10]], [47, [0, 20, 40, 60]], [100, [0, 50, 100]], [0.7, [0, 0.2, 0.4, 0.6, 0.8]],
  ])('up to %s are %j', (most, want) => expect(ticks(most)).toEqual(want))
  it.each([[0, [0, 1]], [1, [0, 1]], [3, [0, 1, 2, 3]], [12, [0, 5, 10, 15]]])('of whole things up to %s are %j', (most, want) => expect(wholeTicks(most)).toEqual(want))
})

describe('pieces', () => {
  it('end where there is nothing', () => expect(pieces([null, 1, 2, null, 0])).toEqual([[{ at: 1, value: 1 }, { at: 2, value: 2 }], [{ at: 4, value: 0 }]]))
  it('of nothing are none', () => expect(pieces([null, null])).toEqual([]))
})

describe('labels', () => {
  it('are all there where they fit', () => expect(labelled(4, 400, 50)).toEqual([0, 1, 2, 3]))
  it('have the last among them', () => expect(labelled(13, 300, 50)).toEqual([0, 3, 6, 9, 12]))
})

describe('periods', () => {
  const now = new Date('2026-03-29T22:30:00Z') // already Monday in Berlin, where clocks have changed
  it('end today in the zone', () => expect(daysOf({}, now, 'Europe/Berlin').through).toBe('2026-03-30'))
  it.each([
    [{}, '2025-12-30', '2026-03-29'], [{ period: 'month' }, '2026-02-28', '2026-03-29'], [{ period: 'year' }, '2025-03-30', '2026-03-29'],
    [{ period: 'chosen', from: '2026-01-01', through: '2026-01-31' }, '2026-01-01', '2026-01-31'], [{ from: '2026-01-01' }, '2025-12-30', '2026-03-29'],
  ] as const)('of %j', (search, from, through) => expect(daysOf(search, now, 'UTC')).toEqual({ from, through }))
  it('have a partial last week until Sunday', () => {
    expect(isPartial('2026-03-23', '2026-03-29')).toBe(false)
    expect(isPartial('2026-03-23', '2026-03-28')).toBe(true)
  })
  it('name the year where it is another one', () => {
    expect(dateWords('2026-03-09', now)).not.toContain('2026')
    expect(dateWords('2025-03-09', now)).toContain('2025')
  })
})

describe('the total behind a number', () => {
  const counted = { count: 0, of: 13, percent: null }
  const metrics = { opened: 16, merged: 13, closed: 2, unreviewed: { ...counted, count: 4 }, thoroughly_reviewed: { ...counted, count: 9 }, iterated: { ...counted, count: 8 }, time_to_first_response: { count: 11 } } as PullRequestMetrics
  it.each([['opened', 16], ['merged', 13], ['closed', 2], ['unreviewed', 4], ['thoroughly_reviewed', 9], ['iterated', 8], ['responded', 11]] as const)('%s is %d', (of, want) => expect(behindTotal(metrics, of)).toBe(want))
})

describe('the address', () => {
  it('keeps what is understood', () => expect(readPullsSearch({ part: 'time', period: 'century', from: '2026-02-30x', through: '2026-03-01', zone: 'Mars/Olympus', repository: 7, of: 'merged', waits_for: 'nobody' }))
    .toEqual({ part: 'time', through: '2026-03-01', repository: 7, of: 'merged' }))
  it('names whose', () => expect(whoOf({ integration: 'x', person: 'ada', of: 'merged' })).toEqual({ integration_id: 'x', person: 'ada' }))
})
