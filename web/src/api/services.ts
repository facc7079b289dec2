import { queryOptions, useMutation } from '@tanstack/react-query'
import { api, take } from './client'
import { pollEvery, useRefresh } from './integrations'
import type { components } from './schema'

export type Collected = components['schemas']['Collected']
export type CollectedService = components['schemas']['CollectedService']
export type Service = CollectedService['service']
/** The first time that is read; null for the beginning. */
export type From = components['schemas']['BackfillRequest']['from']

export function collectedQuery(id: string) {
  return queryOptions({
    queryKey: ['integration', id, 'collected'],
    queryFn: ({ signal }) => take(api.GET('/integrations/{id}/collected', { signal, params: { path: { id } } })),
    refetchInterval: pollEvery,
  })
}

const path = (id: string) => ({ path: { id } })
const setFrom = (id: string, from: From) => take(api.PUT('/integrations/{id}/backfill', { params: path(id), body: { from } }))

/**
 * Switches one service. The API takes all of them at once, so the others are asked
 * for first, and one switch waits for the one before it.
 */
export function useSwitchService(id: string) {
  const refresh = useRefresh()
  return useMutation({
    scope: { id: `services ${id}` },
    mutationFn: async ({ service, on, from }: { service: Service; on: boolean; from?: From | undefined }) => {
      const { services } = from === undefined ? await take(api.GET('/integrations/{id}', { params: path(id) })) : await setFrom(id, from)
      return take(api.PUT('/integrations/{id}/services', { params: path(id), body: { ...services, [service]: on } }))
    },
    onSettled: () => refresh(id),
  })
}

export function useExtendBackfill(id: string) {
  const refresh = useRefresh()
  return useMutation({ mutationFn: (from: From) => setFrom(id, from), onSettled: () => refresh(id) })
}
