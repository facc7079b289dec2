import { queryOptions } from '@tanstack/react-query'
import { api, take } from './client'
import type { components } from './schema'

export type Integration = components['schemas']['Integration']

export const integrationsQuery = queryOptions({
  queryKey: ['integrations'],
  queryFn: ({ signal }) => take(api.GET('/integrations', { signal })),
  refetchInterval: 10_000,
})
