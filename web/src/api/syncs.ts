import { infiniteQueryOptions, queryOptions, useMutation } from '@tanstack/react-query'
import { api, take } from './client'
import { pollEvery, useRefresh } from './integrations'
import type { components, operations } from './schema'

export type SyncDetail = components['schemas']['SyncDetail']
export type SyncPart = components['schemas']['SyncPart']
export type PartState = SyncPart['state']
export type SyncFilter = Pick<NonNullable<operations['list-syncs']['parameters']['query']>, 'organization' | 'state' | 'trigger'>

const pageSize = 50

/** The newest few. */
export function syncsQuery(id: string, limit: number) {
  return queryOptions({
    queryKey: ['integration', id, 'syncs', limit],
    queryFn: ({ signal }) => take(api.GET('/integrations/{id}/syncs', { signal, params: { path: { id }, query: { limit } } })),
    refetchInterval: pollEvery,
  })
}

export function syncHistoryQuery(id: string, filter: SyncFilter) {
  return infiniteQueryOptions({
    queryKey: ['integration', id, 'syncs', 'history', filter],
    queryFn: ({ signal, pageParam }) => take(api.GET('/integrations/{id}/syncs', { signal, params: { path: { id }, query: { ...filter, limit: pageSize, ...(pageParam ? { cursor: pageParam } : {}) } } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: (before) => before,
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) <= 1 ? pollEvery : false), // pages that people loaded by hand are not fetched all again
  })
}

/** One sync, under its integration so that what is heard of that refreshes it. */
export function syncQuery(id: string, sync: string) {
  return queryOptions({
    queryKey: ['integration', id, 'syncs', 'one', sync],
    queryFn: ({ signal }) => take(api.GET('/syncs/{id}', { signal, params: { path: { id: sync } } })),
    refetchInterval: (query) => (query.state.data?.ended_at ? false : pollEvery / 2),
  })
}

export function syncPartsQuery(id: string, sync: string, state: PartState | undefined) {
  return infiniteQueryOptions({
    queryKey: ['integration', id, 'syncs', 'parts', sync, state],
    queryFn: ({ signal, pageParam }) => take(api.GET('/syncs/{id}/repositories', { signal, params: { path: { id: sync }, query: { limit: pageSize, ...(state ? { state } : {}), ...(pageParam ? { cursor: pageParam } : {}) } } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: (before) => before,
  })
}

export function useCancelSync(id: string) {
  const refresh = useRefresh()
  return useMutation({
    mutationFn: (sync: string) => take(api.POST('/syncs/{id}/cancel', { params: { path: { id: sync } } })),
    onSettled: () => refresh(id),
  })
}
