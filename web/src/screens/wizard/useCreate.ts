import { useMutation, useQueryClient } from '@tanstack/react-query'
import { createIntegrations, type CreateRequest } from '../../api/connections'
import { useRefresh } from '../../api/integrations'
import { ApiError } from '../../api/problem'
import type { Wizard } from './useWizard'

/** Sends the choice. The same choice has the same key, so that pressing twice, or again after a lost answer, creates once. */
export function useCreate(wizard: Wizard) {
  const client = useQueryClient()
  const refresh = useRefresh()
  return useMutation({
    mutationFn: (request: CreateRequest) => {
      const body = JSON.stringify(request)
      const before = wizard.choices.sent
      const key = before?.body === body ? before.key : crypto.randomUUID()
      wizard.change({ sent: { key, body, organizations: request.organizations } })
      return createIntegrations(request, key)
    },
    onSuccess: () => refresh(),
    // Somebody else may have connected one of them: the list says which.
    onError: (error) => {
      if (error instanceof ApiError && error.status === 409) void client.invalidateQueries({ queryKey: ['connection', wizard.connection?.id] })
    },
  })
}
