import { describe, expect, it } from 'vitest'
import type { Schedule } from '../../api/schedules'
import { comparedWords, durationWords, paceWords, statesWords, usageWords, whenWords } from './facts'
import { intervals, isChanged, planOf, requestOf, zones } from './plans'
import { readSyncsSearch } from './search'

const schedule = (more: Partial<Schedule>): Schedule =>
  ({ organization_id: 1, cron: '', interval_seconds: 900, pace: 'as_chosen', effective_interval_seconds: 900, default: true, jitter_seconds: 180, time_zone: 'UTC', paused: false, paused_by_integration: false, next_runs: [], last_runs: [], ...more })

describe('durationWords', () => {
  const now = new Date('2026-03-10T12:10:00Z')
  const words = (waited: number, ended_at?: string) => durationWords({ started_at: '2026-03-10T12:00:00Z', ...(ended_at ? { ended_at } : {}), usage: { requests: 0, graphql_points: 0, waited_seconds: waited } }, now)
  it.each([
    ['until it ended', words(0, '2026-03-10T12:02:00Z'), '2 min'], ['until now', words(0), '10 min'], ['apart from waiting', words(60, '2026-03-10T12:02:00Z'), '1 min active, 1 min waiting'],
    ['though parts waited side by side', words(900, '2026-03-10T12:02:00Z'), '0 s active, 2 min waiting'],
  ])('tells it %s', (_, got, want) => expect(got).toBe(want))
  it('tells none before the start', () => expect(durationWords({ usage: { requests: 0, graphql_points: 0, waited_seconds: 0 } }, now)).toBe('–'))
})

describe('words', () => {
  it('of usage', () => {
    expect(usageWords({ requests: 1, graphql_points: 0, waited_seconds: 0 })).toBe('1 request')
    expect(usageWords({ requests: 12, graphql_points: 34, waited_seconds: 0 })).toBe('12 requests, 34 points')
  })
  it('of states', () => expect(statesWords({ queued: 0, completed: 8, failed: 1 })).toBe('8 completed, 1 failed'))
  it('of schedules', () => {
    expect(whenWords(schedule({}))).toBe('Every 15 min')
    expect(whenWords(schedule({ cron: '0 */6 * * *', interval_seconds: 0 }))).toBe('Cron 0 */6 * * * (UTC)')
    expect(paceWords(schedule({}))).toBeUndefined()
    expect(paceWords(schedule({ pace: 'slower', effective_interval_seconds: 3600 }))).toContain('every 1 h')
  })
  it('of comparisons', () => {
    const v = { compared: 15, repositories: 8, drifts: 0, repaired: 0 }
    expect(comparedWords({ ...v, ended_at: 'x' })).toBe('15 rows of 8 repos compared one by one: nothing differs.')
    expect(comparedWords({ ...v, ended_at: 'x', drifts: 2, repaired: 1 })).toBe('15 rows of 8 repos compared one by one: 2 differences, 1 mended.')
    expect(comparedWords(v)).toContain('so far')
  })
})

describe('plans', () => {
  it('offer what was chosen elsewhere too', () => {
    expect(intervals(900)).toEqual([300, 900, 1800, 3600])
    expect(intervals(600)).toEqual([300, 600, 900, 1800, 3600])
    expect(intervals(0)).toHaveLength(4)
  })
  it('begin as the schedule is, a cron text in the viewer\'s zone', () => {
    expect(planOf(schedule({}), 'Europe/Berlin')).toEqual({ seconds: 900, cron: '', zone: 'Europe/Berlin' })
    expect(planOf(schedule({ cron: '@daily', interval_seconds: 0 }), 'Europe/Berlin')).toEqual({ seconds: undefined, cron: '@daily', zone: 'UTC' })
  })
  it('keep the lateness that was chosen, as far as it fits', () => {
    expect(requestOf({ seconds: 300, cron: '', zone: 'UTC' }, { jitter_seconds: 600 })).toEqual({ interval_seconds: 300, time_zone: 'UTC', jitter_seconds: 300 })
    expect(requestOf({ seconds: undefined, cron: ' @daily ', zone: 'Europe/Berlin' }, { jitter_seconds: 60 })).toEqual({ cron: '@daily', time_zone: 'Europe/Berlin', jitter_seconds: 60 })
  })
  it('know whether there is anything to save', () => {
    expect(isChanged({ seconds: 900, cron: 'x', zone: 'Europe/Berlin' }, schedule({}))).toBe(false)
    expect(isChanged({ seconds: 300, cron: '', zone: 'UTC' }, schedule({}))).toBe(true)
    expect(isChanged({ seconds: undefined, cron: '@daily', zone: 'Europe/Berlin' }, schedule({ cron: '@daily', interval_seconds: 0 }))).toBe(true)
  })
  it('name each zone once', () => expect(zones('UTC', 'Europe/Berlin').filter((z) => z === 'Europe/Berlin' || z === 'UTC')).toEqual(['UTC', 'Europe/Berlin']))
})

describe('the address', () => {
  it('keeps what is understood', () => expect(readSyncsSearch({ state: 'failed', trigger: 'nonsense', organization: 7, sync: '0189', repos: 'waiting' })).toEqual({ state: 'failed', organization: 7, sync: '0189' }))
})
