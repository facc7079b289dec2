import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { byAge, listen, liveKey, type LiveSyncs } from './listen'
import type { components } from './schema'

export type Sync = components['schemas']['Sync']

/** The newest of each organization's sync, and what it does now while it goes on. */
export interface LiveSync extends Partial<Omit<components['schemas']['Progress'], 'sync'>> { sync: Sync }

/**
 * Keeps what is shown of an integration fresh: the API announces what happens, and
 * where the announcements break off everything is asked for every 10 s all the same.
 */
export function useLive(id: string): { paused: boolean } {
  const client = useQueryClient()
  const [paused, setPaused] = useState(false)
  useEffect(() => listen(client, id, setPaused), [client, id])
  return { paused }
}

/** What the events have told so far, newest sync first. */
export function useLiveSyncs(id: string): LiveSync[] {
  const { data } = useQuery<LiveSyncs>({ queryKey: liveKey(id), queryFn: () => ({}), enabled: false, staleTime: Infinity, initialData: {} })
  return Object.values(data).sort(byAge)
}
