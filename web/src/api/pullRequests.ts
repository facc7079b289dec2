import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api, take } from './client'
import { pollEvery } from './integrations'
import type { paths } from './schema'

type Get<P extends keyof paths> = paths[P] extends { get: { parameters: { query?: infer Query }; responses: { 200: { content: { 'application/json': infer Answer } } } } } ? { query: NonNullable<Query>; answer: Exclude<Answer, string> } : never // only a file is asked for as CSV
type Metrics = Get<'/metrics/pull-requests'>
type Behind = Get<'/metrics/pull-requests/items'>
type Waiting = Get<'/metrics/pull-requests/open'>

export type PullRequestMetrics = Metrics['answer']
export type MeasuredPullRequest = Behind['answer']['items'][number]
export type OpenPullRequest = Waiting['answer']['items'][number]
export type CommitMetrics = Get<'/metrics/commits'>['answer']
export type MetricsFilter = Metrics['query']
export type BehindFilter = Omit<Behind['query'], 'cursor' | 'limit' | 'format'>
type OpenFilter = Omit<Waiting['query'], 'cursor' | 'limit' | 'format'>

const pageSize = 50
const often = 3 * pollEvery // a report changes more slowly than a state

export function pullRequestMetricsQuery(filter: MetricsFilter) {
  return queryOptions({
    queryKey: ['reports', 'pull-requests', filter],
    queryFn: ({ signal }) => take(api.GET('/metrics/pull-requests', { signal, params: { query: filter } })),
    placeholderData: (before) => before,
    refetchInterval: often,
  })
}

export function commitMetricsQuery(filter: MetricsFilter) {
  return queryOptions({
    queryKey: ['reports', 'commits', filter],
    queryFn: ({ signal }) => take(api.GET('/metrics/commits', { signal, params: { query: filter } })),
    placeholderData: (before) => before,
    refetchInterval: often,
  })
}

/** The pull requests behind a number. */
export function behindQuery(filter: BehindFilter) {
  return infiniteQueryOptions({
    queryKey: ['reports', 'pull-requests', 'items', filter],
    queryFn: ({ signal, pageParam }) => take(api.GET('/metrics/pull-requests/items', { signal, params: { query: { ...filter, limit: pageSize, ...(pageParam ? { cursor: pageParam } : {}) } } })) as Promise<Behind['answer']>,
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
  })
}

/** What is open, the oldest first. */
export function openQuery(filter: OpenFilter) {
  return infiniteQueryOptions({
    queryKey: ['reports', 'pull-requests', 'open', filter],
    queryFn: ({ signal, pageParam }) => take(api.GET('/metrics/pull-requests/open', { signal, params: { query: { ...filter, limit: pageSize, ...(pageParam ? { cursor: pageParam } : {}) } } })) as Promise<Waiting['answer']>,
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: (before) => before,
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) <= 1 ? often : false), // pages that people loaded by hand are not fetched all again
  })
}

/** Where the same list is a file. */
export function fileOf(list: 'items' | 'open', filter: BehindFilter | OpenFilter): string {
  const query = new URLSearchParams({ ...Object.fromEntries(Object.entries(filter).map(([name, value]) => [name, String(value)])), format: 'csv' })
  return `/api/v1/metrics/pull-requests/${list}?${query}`
}
