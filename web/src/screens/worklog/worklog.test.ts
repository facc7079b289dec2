import { describe, expect, it } from 'vitest'
import type { WorkLog } from '../../api/worklog'
import { dayOf, isDay, isWeekend, mondayOf, plusDays, timesOf } from '../../format/days'
import { filterOf } from './filter'
import { mayLack } from './incomplete'
import { countWords, marksOf, type Counts } from './kinds'
import { countsOf, linesOf, sorted } from './list'
import { isFiltered, readKinds, readWorkLogSearch, writeKinds } from './search'

const none: Counts = { commit: 0, merge_commit: 0, pull_request: 0, comment: 0, ticket: 0, large_commit: 0 }

describe('days', () => {
  it.each([['2026-03-29', true], ['2026-02-30', false], ['29 Mar', false], ['', false], ['2026-3-1', false]])('%s is a day: %s', (text, want) => expect(isDay(text)).toBe(want))
  it.each([['2026-03-29', '2026-03-23'], ['2026-03-23', '2026-03-23'], ['2027-01-01', '2026-12-28']])('the week of %s begins on %s', (day, want) => expect(mondayOf(day)).toBe(want))
  it('counts over months and leap days', () => {
    expect(plusDays('2028-02-28', 2)).toBe('2028-03-01')
    expect(plusDays('2026-03-02', -7)).toBe('2026-02-23')
  })
  it.each([['2026-03-28', true], ['2026-03-29', true], ['2026-03-27', false]])('%s is on a weekend: %s', (day, want) => expect(isWeekend(day)).toBe(want))
  it.each([['Europe/Berlin', '2026-03-29'], ['UTC', '2026-03-28'], ['America/New_York', '2026-03-28'], ['Asia/Tokyo', '2026-03-29']])('half past eleven is of another day in %s', (zone, want) => {
    expect(dayOf(new Date('2026-03-28T23:30:00Z'), zone)).toBe(want)
  })
  it('tells a time in both zones, and once where they are the same', () => {
    expect(timesOf('2026-03-29T01:30:00Z', 'Europe/Berlin').map((time) => time.replace(/^.*?, /, ''))).toEqual(['03:30 Europe/Berlin', '01:30 UTC'])
    expect(timesOf('2026-03-29T01:30:00Z', 'UTC')).toHaveLength(1)
  })
})

describe('the address', () => {
  it('leaves out what is usual or not understood', () => {
    expect(readWorkLogSearch({ from: '2026-02-30', weeks: 9, weekends: true, kinds: 'commit,merge_commit,pull_request,comment,ticket', sort: 'size', view: 'table', zone: 'Mars/Olympus', day: 'x', bots: false })).toEqual({})
    expect(readWorkLogSearch({ from: '2026-03-23', weeks: 5, weekends: false, kinds: 'ticket,reaction,commit', order: 'desc', person: 42 }))
      .toEqual({ from: '2026-03-23', weeks: 5, weekends: false, kinds: 'commit,ticket', order: 'desc', person: '42' })
  })
  it('names kinds in their order, and none for all', () => {
    expect(readKinds('nothing')).toHaveLength(5)
    expect(writeKinds(readKinds(undefined))).toBeUndefined()
  })
  it('is filtered by what leaves rows out', () => {
    expect(isFiltered({ weeks: 2, group: 'repository', sort: 'activity', zone: 'UTC' })).toBe(false)
    expect(isFiltered({ kinds: 'commit' })).toBe(true)
  })
  it('asks for this week by the chosen zone', () => {
    const monday = new Date('2026-03-22T23:30:00Z') // in Berlin; in New York it is Sunday
    expect(filterOf({ zone: 'Europe/Berlin' }, monday).from).toBe('2026-03-23')
    expect(filterOf({ zone: 'America/New_York', repository: 7, kinds: 'ticket' }, monday)).toEqual({ from: '2026-03-16', weeks: 1, zone: 'America/New_York', weekends: true, group: 'person', repository_id: 7, kind: ['ticket'] })
  })
})

describe('counts', () => {
  it.each<[Partial<Counts>, string]>([[{}, ''], [{ commit: 4, merge_commit: 1, comment: 2 }, '4 commits, 1 merge, 2 PR comments'], [{ commit: 1, large_commit: 1, ticket: 1 }, '1 commit (1 over 1,000 lines), 1 ticket action']])(
    'says %o as %s', (counts, want) => expect(countWords({ ...none, ...counts })).toBe(want))
  it.each<[Partial<Counts>, { filled: number; hollow: number; more: number }]>([
    [{}, { filled: 0, hollow: 0, more: 0 }], [{ commit: 6, large_commit: 2 }, { filled: 4, hollow: 2, more: 0 }], [{ commit: 20, large_commit: 1 }, { filled: 5, hollow: 1, more: 14 }], [{ commit: 9, large_commit: 9 }, { filled: 0, hollow: 6, more: 3 }],
  ])('marks %o as %o', (counts, want) => expect(marksOf({ ...none, ...counts }, 'commit')).toEqual(want))
  it('has hollow marks only of commits', () => expect(marksOf({ ...none, commit: 1, large_commit: 1, comment: 1 }, 'comment')).toEqual({ filled: 1, hollow: 0, more: 0 }))
})

const days = ['2026-03-28', '2026-03-29'].map((date) => ({ date, starts_at: `${plusDays(date, -1)}T23:00:00Z`, ends_at: `${date}T22:00:00Z` }))
const group = { email: '', linked: true, account_id: 1, repository_id: null, total: none }
const log: WorkLog = {
  from: '2026-03-28', through: '2026-03-29', zone: 'Europe/Berlin', group: 'person', days, groups_total: 2, tickets: true, incomplete: [], incomplete_total: 0,
  groups: [{ ...group, key: 'bo', name: 'bo', days: [{ ...none, commit: 1 }, { ...none, comment: 3 }] }, { ...group, key: 'al', name: 'al', days: [none, { ...none, commit: 2 }] }],
  bots: { people: 1, total: none, days: [none, { ...none, commit: 9 }] },
}

describe('the list', () => {
  it('has the cells that are not empty, those of bots too', () => expect(linesOf(log).map((l) => [l.name, l.day.date])).toEqual([['bo', '2026-03-28'], ['bo', '2026-03-29'], ['al', '2026-03-29'], ['Bots (1)', '2026-03-29']]))
  it('is sorted by any column', () => {
    const lines = linesOf(log)
    expect(sorted(lines, 'name', false).map((l) => l.name)).toEqual(['al', 'bo', 'bo', 'Bots (1)'])
    expect(sorted(lines, 'commit', false).map((l) => l.counts.commit)).toEqual([9, 2, 1, 0])
    expect(sorted(lines, 'day', true).map((l) => l.day.date)[0]).toBe('2026-03-28')
  })
})

describe('the counts of a cell', () => {
  it.each<[string, string | undefined, Counts | undefined]>([
    ['2026-03-29', 'bo', { ...none, comment: 3 }], ['2026-03-28', 'al', none], ['2026-03-29', undefined, { ...none, commit: 9 }], ['2026-03-30', 'bo', undefined], ['2026-03-29', 'cy', undefined],
  ])('on %s of %s', (day, key, want) => expect(countsOf(log, day, key)).toEqual(want))
})

describe('mayLack', () => {
  const lacking = { ...log, incomplete: [{ repository_id: 7, repository: 'acme/api', kinds: [], complete_through: '2026-03-28T22:59:00Z' }] }
  it('is true of days that end after what is complete', () => expect(days.map((day) => mayLack(lacking, day))).toEqual([false, true]))
  it('is not true of days that have not begun', () => expect([undefined, Date.parse('2026-03-28T22:30:00Z')].map((now) => mayLack(lacking, days[1]!, undefined, now))).toEqual([true, false]))
  it('is of a repository only its own', () => expect([7, 8, null].map((repository_id) => mayLack(lacking, days[1]!, { repository_id }))).toEqual([true, false, true]))
  it('is true of every day where nothing is complete', () => expect(mayLack({ ...log, incomplete: [{ ...lacking.incomplete[0]!, complete_through: null }] }, days[0]!)).toBe(true))
})
