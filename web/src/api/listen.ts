import type { Query, QueryClient } from '@tanstack/react-query'
import { deletionQuery } from './integrations'
import type { LiveSync } from './live'
import type { components } from './schema'

type Schemas = components['schemas']
export type LiveSyncs = Record<string, LiveSync> // by the id of the sync

export const liveKey = (id: string) => ['integration', id, 'live'] as const
const reopenAfter = 10_000
const refreshEvery = 2_000
const keptSyncs = 20

/** What the queries of an integration are of, by the third part of their keys; the integration itself has none. */
type Part = string | undefined
const everything = () => true
const among = (...parts: Part[]) => (part: Part) => parts.includes(part)

const concerns = {
  begun: among(undefined, 'syncs', 'collected', 'rate-limit'), // or waits, or goes on
  ended: everything,
  organizations: among(undefined, 'organizations', 'connection', 'repositories'),
  diagnostics: among(undefined, 'diagnostics', 'gaps'),
  deletion: among(undefined),
}

/** Hears what the API announces of an integration while somebody sees the page, until what it returns is called. */
export function listen(client: QueryClient, id: string, setPaused: (paused: boolean) => void): () => void {
  let source: EventSource | undefined
  let reopening: ReturnType<typeof setTimeout> | undefined
  const refresh = refresher(client, id)
  const syncs = () => client.getQueryData<LiveSyncs>(liveKey(id)) ?? {}
  const keep = (heard: LiveSync) => {
    const newest = Object.values({ ...syncs(), [heard.sync.id]: heard }).sort(byAge)
    client.setQueryData<LiveSyncs>(liveKey(id), Object.fromEntries(newest.slice(0, keptSyncs).map((live) => [live.sync.id, live])))
  }
  const close = () => {
    clearTimeout(reopening)
    source?.close()
    source = undefined
  }
  const open = () => {
    close()
    if (document.hidden) return
    source = new EventSource(`/api/v1/integrations/${id}/events`)
    const hear = <T>(event: string, act: (data: T) => void) => source?.addEventListener(event, (message: MessageEvent<string>) => act(JSON.parse(message.data) as T))
    source.addEventListener('open', () => {
      setPaused(false)
      client.setQueryData<LiveSyncs>(liveKey(id), {}) // all that goes on is told again; what has ended meanwhile is not
    })
    source.addEventListener('error', () => {
      setPaused(true)
      close() // the browser would try again by itself, but not after a refusal
      reopening = setTimeout(open, reopenAfter)
    })
    hear<Schemas['Progress']>('progress', (progress) => {
      if (syncs()[progress.sync.id]?.sync.state !== progress.sync.state) refresh.soon(concerns.begun)
      keep(progress)
    })
    hear<Schemas['Ended']>('ended', (ended) => { keep(ended); refresh.soon(concerns.ended) })
    hear<Schemas['Discovery']>('organizations', () => refresh.soon(concerns.organizations))
    hear<Schemas['Diagnosed']>('diagnostics', () => refresh.soon(concerns.diagnostics))
    hear<Schemas['Deletion']>('deletion', (deletion) => {
      client.setQueryData(deletionQuery(id).queryKey, deletion)
      refresh.soon(concerns.deletion)
    })
  }
  open()
  document.addEventListener('visibilitychange', open)
  return () => {
    document.removeEventListener('visibilitychange', open)
    refresh.stop()
    close()
  }
}

/** Newest first: ids of syncs sort by age. */
export const byAge = (a: LiveSync, b: LiveSync) => (a.sync.id < b.sync.id ? 1 : -1)

/** Asks again for what is concerned, at most every two seconds, and once more after the last wish. */
function refresher(client: QueryClient, id: string) {
  let timer: ReturnType<typeof setTimeout> | undefined
  let wishes: ((part: Part) => boolean)[] = []
  const concerned = (asked: typeof wishes) => ({ queryKey }: Query) => {
    const part = queryKey[2] as Part
    return part !== 'live' && asked.some((wish) => wish(part))
  }
  return {
    soon: (wish: (part: Part) => boolean) => {
      wishes.push(wish)
      timer ??= setTimeout(() => {
        void client.invalidateQueries({ queryKey: ['integration', id], predicate: concerned(wishes) })
        timer = undefined
        wishes = []
      }, refreshEvery)
    },
    stop: () => clearTimeout(timer),
  }
}
