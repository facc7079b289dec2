import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { api, take } from './client'
import { organizationsQuery, useRefresh } from './integrations'
import type { components } from './schema'

export type ExclusionRule = components['schemas']['ExclusionRule']
export type RulesPreview = components['schemas']['RulesPreview']

/** Asks GitHub again which organizations there are and what may be read of each. */
export function useRefreshGroups(id: string) {
  const client = useQueryClient()
  const refresh = useRefresh()
  return useMutation({
    mutationFn: () => take(api.POST('/integrations/{id}/organizations/refresh', { params: { path: { id } } })),
    onSuccess: (found) => client.setQueryData(organizationsQuery(id).queryKey, found),
    onSettled: () => refresh(id),
  })
}

export function useAutoImport(id: string) {
  const refresh = useRefresh()
  return useMutation({
    mutationFn: ({ organization, on }: { organization: number; on: boolean }) =>
      take(api.PUT('/integrations/{id}/organizations/{organization_id}/auto-import', { params: { path: { id, organization_id: organization } }, body: { auto_import: on } })),
    onSettled: () => refresh(id),
  })
}

export function exclusionRulesQuery(id: string) {
  return queryOptions({
    queryKey: ['integration', id, 'exclusion-rules'],
    queryFn: ({ signal }) => take(api.GET('/integrations/{id}/exclusion-rules', { signal, params: { path: { id } } })),
  })
}

export function rulesPreviewQuery(id: string, rules: ExclusionRule[]) {
  return queryOptions({
    queryKey: ['rules-preview', id, rules],
    queryFn: ({ signal }) => take(api.POST('/integrations/{id}/exclusion-rules/preview', { signal, params: { path: { id } }, body: { rules } })),
    placeholderData: (before) => before,
    retry: false,
  })
}

export function useSetRules(id: string) {
  const refresh = useRefresh()
  return useMutation({
    mutationFn: (rules: ExclusionRule[]) => take(api.PUT('/integrations/{id}/exclusion-rules', { params: { path: { id } }, body: { rules } })),
    onSuccess: () => refresh(id),
  })
}
