import { queryOptions } from '@tanstack/react-query'
import { isProblem, type Problem } from './problem'

/** What the API needs and does not have; null while everything answers. */
export const readinessQuery = queryOptions({
  queryKey: ['readiness'],
  queryFn: async ({ signal }): Promise<Problem | null> => {
    const answer = await fetch('/readyz', { signal, headers: { Accept: 'application/json' } })
    if (answer.ok) return null
    const body: unknown = await answer.json().catch(() => undefined)
    return isProblem(body) ? body : null // what a proxy says is not about us
  },
  refetchInterval: 15_000,
  retry: false,
})
