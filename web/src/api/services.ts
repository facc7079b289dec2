import { queryOptions } from '@tanstack/react-query'
import { api, take } from './client'
import { pollEvery } from './integrations'

export function collectedQuery(id: string) {
  return queryOptions({
    queryKey: ['integration', id, 'collected'],
    queryFn: ({ signal }) => take(api.GET('/integrations/{id}/collected', { signal, params: { path: { id } } })),
    refetchInterval: pollEvery,
  })
}
