import { infiniteQueryOptions, queryOptions, useMutation } from '@tanstack/react-query'
import { api, take } from './client'
import { useRefresh, pollEvery } from './integrations'
import type { components, operations } from './schema'

export type Repository = components['schemas']['Repository']
export type RepositoryPage = components['schemas']['RepositoryPage']
export type ListFilter = Omit<NonNullable<operations['list-repositories']['parameters']['query']>, 'cursor' | 'limit'>
export type Estimate = components['schemas']['Estimate']
export type EstimateFilter = NonNullable<operations['estimate-backfill']['parameters']['query']>
type Choice = components['schemas']['SelectRequest']

const pageSize = 100

/** Repositories of one integration, or of all where none is named. */
export function repositoriesQuery(id: string | undefined, filter: ListFilter) {
  return infiniteQueryOptions({
    queryKey: id ? ['integration', id, 'repositories', filter] : ['repositories', filter],
    queryFn: ({ signal, pageParam }) => {
      const query = { ...filter, limit: pageSize, ...(pageParam ? { cursor: pageParam } : {}) }
      return id
        ? take(api.GET('/integrations/{id}/repositories', { signal, params: { path: { id }, query } }))
        : take(api.GET('/repositories', { signal, params: { query } }))
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: (before) => before,
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) <= 1 ? pollEvery : false), // pages that people loaded by hand are not fetched all again
  })
}

/** What importing would ask GitHub for. */
export function estimateQuery(id: string, filter: EstimateFilter) {
  return queryOptions({
    queryKey: ['integration', id, 'estimate', filter],
    queryFn: ({ signal }) => take(api.GET('/integrations/{id}/estimate', { signal, params: { path: { id }, query: filter } })),
  })
}

export type Action = 'import' | 'ignore' | 'restore' | 'resync' | 'keep' | 'delete'

/** What people want of repositories. Names that are listed count one by one; a filter counts for all that it shows. */
export function useRepositoryAction(id: string) {
  const refresh = useRefresh()
  return useMutation({
    mutationFn: ({ action, choice }: { action: Action; choice: Choice }) => act(id, action, choice),
    onSettled: () => refresh(id),
  })
}

const atOnce = 500 // ids of one request

async function act(id: string, action: Action, choice: Choice): Promise<{ changed: number }> {
  const ids = choice.repository_ids
  if (!ids || ids.length <= atOnce) return send(id, action, choice)
  let changed = 0
  for (let from = 0; from < ids.length; from += atOnce) {
    changed += (await send(id, action, { repository_ids: ids.slice(from, from + atOnce) })).changed
  }
  return { changed }
}

function send(id: string, action: Action, body: Choice): Promise<{ changed: number }> {
  const params = { path: { id } }
  const repository_ids = body.repository_ids ?? []
  switch (action) {
    case 'import': return take(api.POST('/integrations/{id}/repositories/import', { params, body }))
    case 'ignore': return take(api.POST('/integrations/{id}/repositories/ignore', { params, body }))
    case 'restore': return take(api.POST('/integrations/{id}/repositories/restore', { params, body }))
    case 'resync': return take(api.POST('/integrations/{id}/repositories/resync', { params, body: { repository_ids } }))
    case 'keep':
    case 'delete': return take(api.POST('/integrations/{id}/repositories/remove', { params, body: { repository_ids, data: action } }))
  }
}
