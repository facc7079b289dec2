import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiError } from './problem'
import { sessionQuery } from './session'

/** Answers that would be the same a second later are not asked for again. */
function worthAnotherTry(failures: number, error: Error): boolean {
  const passing = error instanceof ApiError && (error.status === 0 || error.status >= 500 || error.status === 429)
  return passing && failures < 2
}

export function createQueryClient(): QueryClient {
  // A session that has ended shows the sign-in screen, whichever request noticed.
  const onError = (error: Error) => {
    if (error instanceof ApiError && error.status === 401) client.setQueryData(sessionQuery.queryKey, null)
  }
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: { queries: { retry: worthAnotherTry, staleTime: 5_000 } },
  })
  return client
}
