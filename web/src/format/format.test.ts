import { describe, expect, it } from 'vitest'
import { count, list, percent, plural, shownOf, totalWords } from './count'
import { clock, date, duration, relative } from './time'

const now = new Date(2026, 2, 10, 14, 30, 0)
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000)

describe('relative', () => {
  it.each([
    [0, 'just now'], [4, 'just now'], [5, '5 s ago'], [59, '59 s ago'], [60, '1 min ago'], [3599, '59 min ago'], [3600, '1 h ago'],
    [86_399, '23 h ago'], [86_400, '1 day ago'], [6 * 86_400, '6 days ago'], [-120, 'in 2 min'], [-3 * 86_400, 'in 3 days'],
  ])('says of %d seconds before now: %s', (seconds, want) => expect(relative(ago(seconds), now)).toBe(want))

  it('says the day of what is a week away', () => {
    expect(relative(ago(7 * 86_400), now)).toBe(date(ago(7 * 86_400), now))
    expect(date(new Date(2024, 0, 5), now)).toContain('2024')
    expect(date(new Date(2026, 0, 5), now)).not.toContain('2026')
  })
})

describe('clock', () => {
  it('adds the day only where it is another', () => {
    expect(clock(new Date(2026, 2, 10, 9, 5), now)).not.toContain(',')
    expect(clock(new Date(2026, 2, 9, 9, 5), now)).toContain(',')
  })
})

describe('duration', () => {
  it.each([[0, '0 s'], [0.4, '0 s'], [59.6, '1 min'], [75, '1 min 15 s'], [3600, '1 h'], [3605, '1 h'], [7260, '2 h 1 min'], [90_000, '1 d 1 h']])(
    'writes %d as %s', (seconds, want) => expect(duration(seconds)).toBe(want))
})

describe('counts', () => {
  it('says one and many', () => {
    expect(plural(1, 'repository', 'repositories')).toBe('1 repository')
    expect(plural(0, 'sync', 'syncs')).toBe('0 syncs')
    expect(plural(1200, 'commit')).toBe(`${count(1200)} commits`)
  })
  it('says how much of a list is shown', () => {
    expect(shownOf(50, 1234)).toBe(`50 of ${count(1234)}`)
    expect(shownOf(50, undefined)).toBe('50 shown')
  })
  it('says of 10,001, which stands for more, that there are more than 10,000', () => {
    expect([10_000, 10_001, 10_002].map(totalWords)).toEqual([count(10_000), `more than ${count(10_000)}`, count(10_002)])
  })
  it('lists in words', () => {
    expect(list([])).toBe('')
    expect(list(['a'])).toBe('a')
    expect(list(['a', 'b', 'c'])).toBe('a, b and c')
  })
  it('shows 100 % only of a whole', () => {
    expect(percent(999, 1000)).toBe('99 %')
    expect(percent(1000, 1000)).toBe('100 %')
    expect(percent(3, 0)).toBe('0 %')
  })
})
