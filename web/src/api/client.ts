import createClient from 'openapi-fetch'
import { ApiError, isProblem } from './problem'
import type { paths } from './schema'

/**
 * The session is a cookie that scripts cannot read, and the API refuses changes
 * that come from another origin by the headers that browsers add themselves: so
 * there is nothing to add to a request here.
 */
// Lists in a query are written with commas.
export const api = createClient<paths>({ baseUrl: '/api/v1', querySerializer: { array: { style: 'form', explode: false } } })

interface Sent<T> {
  data?: T
  error?: unknown
  response: Response
}

/** take returns the body of an answer, or throws what the API says went wrong. */
export async function take<T>(sent: Promise<Sent<T>>): Promise<T> {
  let answer: Sent<T>
  try {
    answer = await sent
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ApiError(0, undefined)
  }
  const { data, error, response } = answer
  if (!response.ok) {
    throw new ApiError(response.status, isProblem(error) ? error : undefined, response.headers.get('X-Request-Id') ?? undefined)
  }
  return data as T // nothing where the operation answers with no body
}
