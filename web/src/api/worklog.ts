import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api, take } from './client'
import { pollEvery } from './integrations'
import type { components, operations } from './schema'

export type WorkLog = components['schemas']['WorkLog']
export type WorkLogGroup = WorkLog['groups'][number]
export type WorkLogItem = components['schemas']['WorkLogItem']
type ItemPage = components['schemas']['PageWorkLogItem'] // only a file is asked for as CSV
export type WorkLogFilter = NonNullable<operations['get-worklog']['parameters']['query']>
export type ItemsFilter = Omit<NonNullable<operations['list-worklog-items']['parameters']['query']>, 'cursor' | 'limit' | 'format'>

const pageSize = 100

/** What is counted keeps arriving while a sync runs. */
export function workLogQuery(filter: WorkLogFilter) {
  return queryOptions({
    queryKey: ['work-log', filter],
    queryFn: ({ signal }) => take(api.GET('/worklog', { signal, params: { query: filter } })),
    placeholderData: (before) => before,
    refetchInterval: pollEvery,
  })
}

export function workLogItemsQuery(filter: ItemsFilter) {
  return infiniteQueryOptions({
    queryKey: ['work-log', 'items', filter],
    queryFn: async ({ signal, pageParam }) => await take(api.GET('/worklog/items', { signal, params: { query: { ...filter, limit: pageSize, ...(pageParam ? { cursor: pageParam } : {}) } } })) as ItemPage,
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
  })
}

/** Where the browser saves the same items as a table. */
export function workLogCSV(filter: ItemsFilter): string {
  const query = new URLSearchParams({ format: 'csv' })
  for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, String(value))
  return `/api/v1/worklog/items?${query}`
}
