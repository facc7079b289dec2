import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { api, take } from './client'
import { pollEvery } from './integrations'
import type { components } from './schema'

export type Diagnostics = components['schemas']['Diagnostics']
export type Check = components['schemas']['Check']

/** What the checks found the last time. While they are being made it is asked for often. */
export function diagnosticsQuery(id: string) {
  return queryOptions({
    queryKey: ['integration', id, 'diagnostics'],
    queryFn: ({ signal }) => take(api.GET('/integrations/{id}/diagnostics', { signal, params: { path: { id } } })),
    refetchInterval: (query) => (query.state.data?.running ? 2_000 : 3 * pollEvery),
  })
}

export function useRunDiagnostics(id: string) {
  const client = useQueryClient()
  const { queryKey } = diagnosticsQuery(id)
  return useMutation({
    mutationFn: async () => {
      await client.cancelQueries({ queryKey }) // an answer from before would say that nothing runs
      return take(api.POST('/integrations/{id}/diagnostics/run', { params: { path: { id } } }))
    },
    onSuccess: (begun) => client.setQueryData(queryKey, begun),
  })
}
