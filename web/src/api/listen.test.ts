import { QueryClient } from '@tanstack/react-query'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { deletionQuery } from './integrations'
import { listen, liveKey } from './listen'

class Source extends EventTarget {
  static newest: Source
  constructor(readonly url: string) { super(); Source.newest = this }
  close() { this.dispatchEvent(new Event('closed')) }
  tell(event: string, data?: unknown) { this.dispatchEvent(Object.assign(new Event(event), { data: JSON.stringify(data) })) }
}

const client = new QueryClient()
const shown = [[], ['organizations'], ['connection'], ['repositories', {}], ['syncs', 5], ['gaps'], ['diagnostics'], ['exclusion-rules']].map((part) => ['integration', 'i', ...part])
const paused = vi.fn()
let stop = () => {}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('EventSource', Source)
  vi.stubGlobal('document', Object.assign(new EventTarget(), { hidden: false }))
  stop = listen(client, 'i', paused)
  Source.newest.tell('open')
})
afterEach(() => {
  stop()
  client.clear()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const sync = (id: string, state: string, done = 0) => ({ sync: { id, state, done } })
const live = () => Object.keys(client.getQueryData<object>(liveKey('i')) ?? {})
const askedAfter = (event: string, data: unknown) => {
  for (const key of shown) client.setQueryData(key, 1)
  Source.newest.tell(event, data)
  vi.advanceTimersByTime(2_000)
  return shown.filter((key) => client.getQueryState(key)?.isInvalidated).map(([, , part = 'itself']) => part)
}

it('forgets a sync whose end was missed once the API tells all anew', () => {
  Source.newest.tell('progress', sync('s1', 'running'))
  expect(live()).toEqual(['s1'])
  Source.newest.tell('error')
  expect(paused).toHaveBeenLastCalledWith(true)
  vi.advanceTimersByTime(10_000)
  Source.newest.tell('open')
  Source.newest.tell('progress', sync('s2', 'running'))
  expect(live()).toEqual(['s2'])
})

it('asks again only for what an event concerns', () => {
  expect(askedAfter('progress', sync('s1', 'running'))).toEqual(['itself', 'syncs'])
  expect(askedAfter('progress', sync('s1', 'running', 7))).toEqual([]) // the event says it all
  expect(askedAfter('organizations', { organizations: [] })).toEqual(['itself', 'organizations', 'connection', 'repositories'])
  expect(askedAfter('diagnostics', { counts: {} })).toEqual(['itself', 'gaps', 'diagnostics'])
  expect(askedAfter('ended', sync('s1', 'completed'))).toHaveLength(shown.length)
})

it('takes how far a deletion is from the event', () => {
  expect(askedAfter('deletion', { step: 'rows' })).toEqual(['itself'])
  expect(client.getQueryData(deletionQuery('i').queryKey)).toEqual({ step: 'rows' })
})
