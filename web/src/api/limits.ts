import { queryOptions } from '@tanstack/react-query'
import { api, take } from './client'
import { pollEvery } from './integrations'
import type { components } from './schema'

export type RateLimit = components['schemas']['RateLimit']
export type Consumption = components['schemas']['Consumption']

/** What an integration takes of GitHub's limits, and when it will be done. */
export function rateLimitQuery(id: string) {
  return queryOptions({
    queryKey: ['integration', id, 'rate-limit'],
    queryFn: ({ signal }) => take(api.GET('/integrations/{id}/rate-limit', { signal, params: { path: { id } } })),
    refetchInterval: pollEvery,
  })
}
