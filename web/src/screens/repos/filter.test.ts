import { describe, expect, it } from 'vitest'
import { filterOf, isFiltered, noFilter } from './filter'
import { firstView, readRepositoriesSearch } from './search'
import { carried } from './useChosen'

const now = new Date('2026-03-10T14:30:00Z')

describe('readRepositoriesSearch', () => {
  it('leaves out what it does not understand', () => {
    expect(readRepositoriesSearch({ view: 'all', q: '', organization: 'acme', archived: 'yes', sort: 'size', pushed: 'month' })).toEqual({ pushed: 'month' })
  })
  it('takes a number for the text that it was', () => expect(readRepositoriesSearch({ q: 2024 })).toEqual({ q: '2024' }))
})

describe('filterOf', () => {
  it('asks for no more than was chosen', () => expect(filterOf({}, 'excluded', now)).toEqual({ selection: ['excluded_by_rule'] }))
  it('begins a period at midnight', () => {
    expect(filterOf({ pushed: 'week' }, undefined, now)).toEqual({ pushed_since: '2026-03-03T00:00:00.000Z' })
  })
  it('keeps what is off apart from what is not chosen', () => {
    expect(filterOf({ archived: false, fork: undefined }, undefined, now)).toEqual({ archived: false })
    expect(isFiltered({ archived: false })).toBe(true)
    expect(isFiltered({ view: 'ignored', sort: 'status', ...noFilter })).toBe(false)
  })
})

describe('firstView', () => {
  const counts = (imported: number) => ({ repositories: { imported } })
  it('is what is imported, where anything is', () => {
    expect(firstView([counts(0), counts(3)])).toBe('imported')
    expect(firstView([counts(0)])).toBe('available')
    expect(firstView([])).toBe('available')
  })
})

describe('carried', () => {
  const all = { view: 'imported', filter: 'q', rows: new Map([[1, 'acme/api']]), everything: true }
  it('keeps everything only where the same is shown', () => {
    expect(carried(all, 'imported', 'q')).toBe(all)
    expect(carried(all, 'imported', 'other')).toEqual({ ...all, filter: 'other', everything: false })
    expect(carried(all, 'ignored', 'q')).toEqual({ view: 'ignored', filter: 'q', rows: new Map(), everything: false })
  })
})
