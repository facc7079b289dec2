import { queryOptions, useQueryClient } from '@tanstack/react-query'
import { api, take } from './client'
import { ApiError } from './problem'
import type { components } from './schema'

export type Provider = components['schemas']['Provider']
export type AuthMethod = components['schemas']['AuthMethod']
export type Method = AuthMethod['id']
export type Connection = components['schemas']['Connection']
export type ConnectionOrganization = components['schemas']['ConnectionOrganization']
export type ScopeVerdict = components['schemas']['ScopeVerdict']
export type TokenTest = components['schemas']['TokenTest']
type Purpose = components['schemas']['OAuthStartRequest']['purpose']
export type CreateRequest = components['schemas']['CreateIntegrationRequest']

export const providersQuery = queryOptions({
  queryKey: ['providers'],
  queryFn: async ({ signal }) => (await take(api.GET('/providers', { signal }))).items,
  staleTime: 60_000,
})

/** How often a connection is looked at while a person is at GitHub, or GitHub is being asked. */
const soon = 1_000

const path = (id: string) => ({ params: { path: { id } } })

/** The connection that the wizard works with; null when it is not there any more. */
export function connectionQuery(id: string) {
  return queryOptions({
    queryKey: ['connection', id],
    queryFn: async ({ signal }): Promise<Connection | null> => {
      try {
        return await take(api.GET('/connections/{id}', { signal, ...path(id) }))
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null
        throw error
      }
    },
    enabled: id !== '',
    refetchInterval: (query) => (query.state.data?.state === 'pending' ? soon : false),
    refetchIntervalInBackground: true, // the window in front is GitHub's
  })
}

export function connectionOrganizationsQuery(id: string) {
  return queryOptions({
    queryKey: ['connection', id, 'organizations'],
    queryFn: async ({ signal }) => (await take(api.GET('/connections/{id}/organizations', { signal, ...path(id) }))).items,
    enabled: id !== '',
    refetchInterval: (query) => (query.state.data?.some((o) => o.access === 'checking') ? soon : false),
  })
}

export const checkAgain = async (id: string) => (await take(api.POST('/connections/{id}/organizations/refresh', path(id)))).items
export const testToken = (token: string) => take(api.POST('/connections/github/token/test', { body: { token, only: false } }))

export const startOAuth = (purpose: Purpose, mode: 'popup' | 'redirect', chooseAccount: boolean) =>
  take(api.POST('/connections/github/oauth/start', { body: { purpose, mode, choose_account: chooseAccount } }))

/** The same key again has the answer of the first time, so a lost answer creates nothing twice. */
export const createIntegrations = (body: CreateRequest, key: string) =>
  take(api.POST('/integrations', { params: { header: { 'Idempotency-Key': key } }, body }))

/** What would be created, or why nothing would. */
export function dryRunQuery(body: CreateRequest, enabled: boolean) {
  return queryOptions({
    queryKey: ['dry-run', body],
    queryFn: ({ signal }) => take(api.POST('/integrations', { signal, body: { ...body, dry_run: true } })),
    enabled,
    retry: false,
    staleTime: 0,
  })
}

/** Drops a connection that nothing was made with. One that is left ends by itself within a day. */
export function useForgetConnection() {
  const client = useQueryClient()
  return (id: string) => {
    take(api.DELETE('/connections/{id}', path(id))).catch(() => undefined)
    client.removeQueries({ queryKey: ['connection', id] })
  }
}
