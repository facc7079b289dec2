import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { api, take } from './client'
import { checkAgain, connectionOrganizationsQuery } from './connections'
import { useRefresh } from './integrations'
import type { components } from './schema'

export type Comparison = components['schemas']['AccessComparison']
export type AccessChange = components['schemas']['AccessChange']

/** What an integration would lose and gain with another connection. */
export function comparisonQuery(id: string, connection: string) {
  return queryOptions({
    queryKey: ['connection', connection, 'comparison', id],
    queryFn: ({ signal }) => take(api.POST('/integrations/{id}/credentials/compare', { signal, params: { path: { id } }, body: { connection_id: connection } })),
  })
}

/** Asks GitHub again what the other connection may read, and compares anew. */
export function useCompareAgain(id: string, connection: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => checkAgain(connection),
    onSuccess: async (organizations) => {
      client.setQueryData(connectionOrganizationsQuery(connection).queryKey, organizations)
      await client.invalidateQueries({ queryKey: comparisonQuery(id, connection).queryKey })
    },
  })
}

export function useReplaceCredentials(id: string) {
  const refresh = useRefresh()
  return useMutation({
    mutationFn: (body: components['schemas']['ReplaceCredentialsRequest']) => take(api.PUT('/integrations/{id}/credentials', { params: { path: { id } }, body })),
    onSuccess: () => refresh(id),
  })
}
