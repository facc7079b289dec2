import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { api, take } from './client'
import { pollEvery } from './integrations'
import type { components } from './schema'

export type Verification = components['schemas']['Verification']
export type Drift = components['schemas']['Drift']

const path = (id: number) => ({ params: { path: { id } } })

/** The latest comparison of an organization's copy with GitHub; null before the first. */
export function verificationQuery(organization: number) {
  return queryOptions({
    queryKey: ['verifications', organization],
    queryFn: async ({ signal }): Promise<Verification | null> =>
      (await take(api.GET('/organizations/{id}/verifications', { signal, params: { path: { id: organization }, query: { limit: 1 } } }))).items[0] ?? null,
    refetchInterval: (query) => (query.state.data && !query.state.data.ended_at ? 2_000 : 3 * pollEvery),
  })
}

/** All that one has found; what it has found so far is not kept for when it has ended. */
export function verificationReportQuery(id: string, ended: string | undefined) {
  return queryOptions({
    queryKey: ['verification', id, ended],
    queryFn: ({ signal }) => take(api.GET('/verifications/{id}', { signal, params: { path: { id } } })),
  })
}

export function useVerify(organization: number) {
  const client = useQueryClient()
  const { queryKey } = verificationQuery(organization)
  return useMutation({
    mutationFn: (repair: boolean) => take(api.POST('/organizations/{id}/verifications', { ...path(organization), body: { repair } })),
    onSuccess: (begun) => client.setQueryData(queryKey, begun),
    onError: () => client.invalidateQueries({ queryKey }), // one may be running already
  })
}
