import { describe, expect, it } from 'vitest'
import { phaseOf, progressOf, storedWords, type Stream } from './streams'

const stream = (kind: Stream['kind'], stored: number, expected: number, complete?: string): Stream => ({ kind, stored, expected, failures: 0, ...(complete ? { complete_through: complete } : {}) })

describe('progressOf', () => {
  it('counts only what has a known size, and never more than that', () => {
    expect(progressOf([stream('commits', 101, 85), stream('issues', 3, 10), stream('issue_comments', 500, 0)])).toEqual({ done: 88, total: 95 })
  })
  it('is nothing of nothing', () => expect(progressOf([])).toEqual({ done: 0, total: 0 }))
})

describe('phaseOf', () => {
  it('names what is not read to its end', () => {
    expect(phaseOf([stream('commits', 5, 5, '2026-01-01T00:00:00Z'), stream('issues', 3, 10), stream('issue_comments', 0, 0)])).toBe('tickets, comments')
  })
  it('names what is read again', () => expect(phaseOf([stream('commits', 5, 5, '2026-01-01T00:00:00Z')])).toBe('commits'))
})

describe('storedWords', () => {
  it('leaves out what there is none of', () => {
    expect(storedWords({ commits: 12, pull_requests: 0, issues: 1, accounts: 9 }, String)).toBe('12 commits, 1 ticket')
  })
})
