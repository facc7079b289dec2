import { queryOptions, useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { api, take } from './client'
import { ApiError } from './problem'
import type { components } from './schema'
import { forgetTab } from './tab'

type Session = components['schemas']['Session']

/** Who the browser is to the API; null for nobody. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }): Promise<Session | null> => {
    try {
      return await take(api.GET('/session', { signal }))
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null
      throw error
    }
  },
  staleTime: 5 * 60_000,
})

/** What was shown to one caller is not shown to the next. The session's own entry stays: the frame listens to it. */
function forgetOthers(client: QueryClient) {
  forgetTab()
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== sessionQuery.queryKey[0] })
}

export function useSignIn() {
  const client = useQueryClient()
  return useMutation({
    gcTime: 0, // the token would stay with it
    mutationFn: (token: string) => take(api.POST('/session', { body: { token } })),
    onSuccess: (session) => {
      forgetOthers(client)
      client.setQueryData(sessionQuery.queryKey, session)
    },
  })
}

export function useSignOut() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => take(api.DELETE('/session')),
    onSuccess: () => {
      forgetOthers(client)
      client.setQueryData(sessionQuery.queryKey, null)
    },
  })
}

/** Why the caller may not change anything, undefined for admins. */
export function useReadOnlyReason(): string | undefined {
  const { data } = useQuery(sessionQuery)
  return data?.role === 'viewer' ? 'Your token may look, not change. Ask an admin for a token with the role admin.' : undefined
}
