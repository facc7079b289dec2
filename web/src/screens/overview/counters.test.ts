import { describe, expect, it } from 'vitest'
import type { Collected, CollectedService } from '../../api/services'
import { countersOf } from './counters'

type Stream = CollectedService['streams'][number]
const stream = (kind: Stream['kind'], more: Partial<Stream> = {}): Stream => ({ kind, stored: 1, unread: 0, failing: 0, complete_through: '2026-03-02T00:00:00Z', ...more })
const service = (name: CollectedService['service'], on: boolean, streams: Stream[]): CollectedService => ({ service: name, on, state: 'healthy', rows: 0, streams })
const collected = (...services: CollectedService[]): Collected => ({ repositories: 1, rows: 0, services })
const named = (c: Collected, name: string) => countersOf(c).find((counter) => counter.name === name)

describe('countersOf', () => {
  it('adds both kinds of comments, shows the newest and the least complete', () => {
    const counter = named(collected(service('pull_requests', true, [
      stream('review_comments', { stored: 3, newest: '2026-03-01T00:00:00Z', complete_through: '2026-03-03T00:00:00Z' }),
      stream('issue_comments', { stored: 4, newest: '2026-03-02T00:00:00Z' }),
    ])), 'Comments')
    expect(counter).toEqual({ name: 'Comments', stored: 7, newest: '2026-03-02T00:00:00Z', completeThrough: '2026-03-02T00:00:00Z', state: 'healthy' })
  })
  it('is complete only where all of it is', () => {
    const of = (more: Partial<Stream>) => named(collected(service('repos', true, [stream('commits', more)])), 'Commits on default branches')
    expect(of({ unread: 2 })).toMatchObject({ completeThrough: undefined, state: 'processing' })
    expect(of({ unread: 1, failing: 1 })).toMatchObject({ completeThrough: undefined, state: 'failed' })
    expect(of({ complete_through: undefined })).toMatchObject({ completeThrough: undefined, state: undefined })
    expect(of({ failing: 1 })).toMatchObject({ completeThrough: '2026-03-02T00:00:00Z', state: 'failed' })
  })
  it('keeps showing what is stored of a service that is off', () => {
    expect(named(collected(service('tickets', false, [stream('issues', { stored: 9, failing: 1 })])), 'Tickets')).toMatchObject({ stored: 9, state: 'off', completeThrough: undefined })
    expect(named(collected(), 'Tickets')).toMatchObject({ stored: 0, state: 'off' })
  })
})
