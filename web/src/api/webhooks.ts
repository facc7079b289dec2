import { infiniteQueryOptions, queryOptions, useMutation } from '@tanstack/react-query'
import { api, take } from './client'
import { pollEvery, useRefresh } from './integrations'
import type { components } from './schema'

export type Webhooks = components['schemas']['Webhooks']
export type Hook = components['schemas']['Hook']
export type Precondition = components['schemas']['Precondition']
export type WebhookMeter = components['schemas']['WebhookMeter']
export type WebhookDelivery = components['schemas']['WebhookDelivery']
export type Freshness = components['schemas']['Freshness']
export type Schedule = components['schemas']['Schedule']

const soon = 2_000 // while GitHub is being told what is wanted

export function webhooksQuery(id: string) {
  return queryOptions({
    queryKey: ['integration', id, 'webhooks'],
    queryFn: ({ signal }) => take(api.GET('/integrations/{id}/webhooks', { signal, params: { path: { id } } })),
    refetchInterval: (query) => (query.state.data?.items.some((w) => w.hooks.some(isPending)) ? soon : pollEvery),
  })
}

/** Whether GitHub is yet to be told of a hook. */
export function isPending(hook: Hook): boolean {
  return !hook.cause && (hook.state === 'creating' || hook.state === 'removing')
}

const pageSize = 20

export function deliveriesQuery(id: string, organization: number) {
  return infiniteQueryOptions({
    queryKey: ['integration', id, 'webhook-deliveries', organization],
    queryFn: ({ signal, pageParam }) => take(api.GET('/integrations/{id}/webhook-deliveries', {
      signal, params: { path: { id }, query: { organization, limit: pageSize, ...(pageParam ? { cursor: pageParam } : {}) } },
    })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) <= 1 ? pollEvery : false), // pages that people loaded by hand are not fetched all again
  })
}

export type Change = 'on' | 'off' | 'ping' | 'rotate'

/** What people want of the webhooks of an organization. The answers wait some seconds for GitHub. */
export function useChangeWebhooks(id: string) {
  const refresh = useRefresh()
  return useMutation({ mutationFn: ({ change, of }: { change: Change; of: Webhooks }) => send(id, change, of), onSettled: () => refresh(id) })
}

function send(id: string, change: Change, { organization_id, sources }: Webhooks): Promise<Webhooks> {
  const params = { path: { id } }
  const source = sources[0] === 'repository' ? { source: sources[0] } : {} // otherwise the one that is meant for the connection
  switch (change) {
    case 'on': return take(api.PUT('/integrations/{id}/webhooks', { params, body: { organization_id, enabled: true, ...source } }))
    case 'off': return take(api.PUT('/integrations/{id}/webhooks', { params, body: { organization_id, enabled: false } }))
    case 'ping': return take(api.POST('/integrations/{id}/webhooks/ping', { params, body: { organization_id } }))
    case 'rotate': return take(api.POST('/integrations/{id}/webhooks/rotate', { params, body: { organization_id } }))
  }
}
