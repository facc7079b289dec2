import { queryOptions } from '@tanstack/react-query'
import { api, take } from './client'
import { pollEvery } from './integrations'
import type { components } from './schema'

export type TimelineEvent = components['schemas']['TimelineEvent']

/** What happened to an integration last, newest first. */
export function timelineQuery(id: string) {
  return queryOptions({
    queryKey: ['integration', id, 'timeline'],
    queryFn: ({ signal }) => take(api.GET('/integrations/{id}/timeline', { signal, params: { path: { id } } })),
    refetchInterval: 3 * pollEvery,
  })
}
