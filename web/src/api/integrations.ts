import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { api, take } from './client'
import type { components, operations } from './schema'

export type Integration = components['schemas']['Integration']
export type IntegrationOrganization = components['schemas']['IntegrationOrganization']
type ListFilter = Omit<NonNullable<operations['list-integrations']['parameters']['query']>, 'cursor' | 'limit'>

/** How often what is shown is asked for again while nothing announces changes. */
export const pollEvery = 10_000

export function integrationsQuery(filter: ListFilter) {
  return infiniteQueryOptions({
    queryKey: ['integrations', filter],
    queryFn: ({ signal, pageParam }) => take(api.GET('/integrations', { signal, params: { query: { ...filter, limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: (before) => before,
    refetchInterval: pollEvery,
  })
}

export function integrationQuery(id: string) {
  return queryOptions({
    queryKey: ['integration', id],
    queryFn: ({ signal }) => take(api.GET('/integrations/{id}', { signal, params: { path: { id } } })),
    refetchInterval: pollEvery,
  })
}

export function organizationsQuery(id: string) {
  return queryOptions({
    queryKey: ['integration', id, 'organizations'],
    queryFn: ({ signal }) => take(api.GET('/integrations/{id}/organizations', { signal, params: { path: { id } } })),
    refetchInterval: pollEvery,
  })
}

/** Everything that is shown of one integration, or that lists it. */
export function useRefresh() {
  const client = useQueryClient()
  return async (id?: string) => {
    await Promise.all([
      client.invalidateQueries({ queryKey: id ? ['integration', id] : ['integration'] }),
      client.invalidateQueries({ queryKey: ['integrations'] }),
      client.invalidateQueries({ queryKey: ['repositories'] }),
    ])
  }
}

export const startSyncs = (id: string) => take(api.POST('/integrations/{id}/syncs', { params: { path: { id } } }))

type Intent = 'sync' | 'pause' | 'resume' | 'delete'

const intents: Record<Intent, (id: string) => Promise<unknown>> = {
  sync: startSyncs,
  pause: (id) => take(api.POST('/integrations/{id}/pause', { params: { path: { id } } })),
  resume: (id) => take(api.POST('/integrations/{id}/resume', { params: { path: { id } } })),
  delete: (id) => take(api.DELETE('/integrations/{id}', { params: { path: { id } } })),
}

/** What people want of a whole integration. */
export function useIntent() {
  const client = useQueryClient()
  const refresh = useRefresh()
  return useMutation({
    mutationFn: ({ id, intent }: { id: string; intent: Intent }) => intents[intent](id),
    onSuccess: (_answer, { id, intent }) => {
      // What is small is gone before the next look, and its deletion is to be seen all the same.
      if (intent === 'delete') client.setQueryData(integrationQuery(id).queryKey, (i) => i && { ...i, lifecycle: 'deleting' as const })
    },
    onSettled: (_data, _error, { id }) => refresh(id),
  })
}

export function useRename(id: string) {
  const refresh = useRefresh()
  return useMutation({
    mutationFn: (name: string) => take(api.PATCH('/integrations/{id}', { params: { path: { id } }, body: { name } })),
    onSuccess: () => refresh(id),
  })
}

export function deletionQuery(id: string) {
  return queryOptions({
    queryKey: ['deletion', id],
    queryFn: ({ signal }) => take(api.GET('/integrations/{id}/deletion', { signal, params: { path: { id } } })),
    refetchInterval: (query) => (query.state.data?.step === 'completed' ? false : 2_000),
  })
}

export type Gap = components['schemas']['Gap']

export function gapsQuery(id: string) {
  return queryOptions({
    queryKey: ['integration', id, 'gaps'],
    queryFn: ({ signal }) => take(api.GET('/integrations/{id}/gaps', { signal, params: { path: { id } } })),
    refetchInterval: 3 * pollEvery,
  })
}

export function connectionStatusQuery(id: string) {
  return queryOptions({
    queryKey: ['integration', id, 'connection'],
    queryFn: ({ signal }) => take(api.GET('/integrations/{id}/connection_status', { signal, params: { path: { id } } })),
    staleTime: 3 * pollEvery,
  })
}
