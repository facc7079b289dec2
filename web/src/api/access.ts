import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { api, take } from './client'
import { pollEvery } from './integrations'
import type { components } from './schema'

export type AuditEvent = components['schemas']['AuditEvent']
export type Token = components['schemas']['Token']
export type TokenRequest = components['schemas']['TokenRequest']

/** What was changed, and by whom, newest first. For admins. */
export const auditQuery = infiniteQueryOptions({
  queryKey: ['audit-events'],
  queryFn: ({ signal, pageParam }) => take(api.GET('/audit-events', { signal, params: { query: { limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } } })),
  initialPageParam: '',
  getNextPageParam: (page) => page.next_cursor,
})

/** The API tokens, oldest first. For admins. */
export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: ({ signal }) => take(api.GET('/tokens', { signal })),
  refetchInterval: 3 * pollEvery,
})

export function useCreateToken() {
  const client = useQueryClient()
  return useMutation({
    gcTime: 0, // the answer has the token
    mutationFn: (body: TokenRequest) => take(api.POST('/tokens', { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: tokensQuery.queryKey }),
  })
}

export function useRevokeToken() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => take(api.DELETE('/tokens/{id}', { params: { path: { id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: tokensQuery.queryKey }),
  })
}
