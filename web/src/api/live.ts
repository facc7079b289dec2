import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { components } from './schema'

export type Sync = components['schemas']['Sync']
export type Budget = components['schemas']['Budget']
type Progress = components['schemas']['Progress']
type Ended = components['schemas']['Ended']

/** The newest of each organization's sync, and what it does now while it goes on. */
export interface LiveSync extends Partial<Omit<Progress, 'sync'>> { sync: Sync }
type LiveSyncs = Record<string, LiveSync> // by the id of the sync

const liveKey = (id: string) => ['integration', id, 'live'] as const
const reopenAfter = 10_000
const refreshEvery = 2_000
const keptSyncs = 20

/**
 * Keeps what is shown of an integration fresh: the API announces what its syncs
 * do, and where the announcements break off, or come again, everything is asked
 * for every 10 s all the same. A page that nobody sees listens to nothing.
 */
export function useLive(id: string): { paused: boolean } {
  const client = useQueryClient()
  const [paused, setPaused] = useState(false)
  useEffect(() => {
    let source: EventSource | undefined
    let reopening: ReturnType<typeof setTimeout> | undefined
    const refresh = throttled(() => void client.invalidateQueries({ queryKey: ['integration', id], predicate: (query) => query.queryKey[2] !== 'live' }))
    const hear = (event: MessageEvent<string>) => {
      setPaused(false)
      keep(client, id, JSON.parse(event.data) as Progress | Ended)
      refresh.soon()
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
      source.addEventListener('open', () => setPaused(false))
      source.addEventListener('progress', hear)
      source.addEventListener('ended', hear)
      source.addEventListener('error', () => {
        setPaused(true)
        close() // the browser would try again by itself, but not after a refusal
        reopening = setTimeout(open, reopenAfter)
      })
    }
    open()
    document.addEventListener('visibilitychange', open)
    return () => {
      document.removeEventListener('visibilitychange', open)
      refresh.stop()
      close()
    }
  }, [client, id])
  return { paused }
}

function keep(client: QueryClient, id: string, heard: Progress | Ended) {
  client.setQueryData<LiveSyncs>(liveKey(id), (before = {}) => {
    const newest = Object.values({ ...before, [heard.sync.id]: heard }).sort((a, b) => (a.sync.id < b.sync.id ? 1 : -1))
    return Object.fromEntries(newest.slice(0, keptSyncs).map((live) => [live.sync.id, live]))
  })
}

/** What the events have told so far, newest sync first. */
export function useLiveSyncs(id: string): LiveSync[] {
  const { data } = useQuery<LiveSyncs>({ queryKey: liveKey(id), queryFn: () => ({}), enabled: false, staleTime: Infinity, initialData: {} })
  return Object.values(data).sort((a, b) => (a.sync.id < b.sync.id ? 1 : -1))
}

/** Runs at most every two seconds, and once more after the last wish. */
function throttled(run: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined
  return {
    soon: () => {
      timer ??= setTimeout(() => {
        timer = undefined
        run()
      }, refreshEvery)
    },
    stop: () => clearTimeout(timer),
  }
}
