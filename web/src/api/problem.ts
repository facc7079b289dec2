import type { components } from './schema'

export type Problem = components['schemas']['Problem']
export type Cause = components['schemas']['Cause']
export type Code = components['schemas']['Code']
export type Remediation = components['schemas']['Remediation']

/** ApiError is any request that did not end well: what happened, what to do and who can do it. */
export class ApiError extends Error {
  readonly status: number // 0 when no answer came
  readonly code: string
  readonly title: string
  readonly requestId: string | undefined
  readonly remediation: Remediation
  readonly problem: Problem | undefined

  constructor(status: number, problem: Problem | undefined, requestId?: string) {
    const told = problem ?? wordless(status)
    super(told.detail)
    this.name = 'ApiError'
    this.status = status
    this.problem = problem
    this.code = told.code
    this.title = told.title
    this.remediation = told.remediation
    this.requestId = problem?.request_id ?? requestId
  }
}

/** A proxy's answer, or none at all: there is no problem document to show. */
function wordless(status: number): Pick<Problem, 'title' | 'detail' | 'remediation'> & { code: string } {
  if (status === 0) {
    return {
      code: 'no_answer',
      title: 'Tributary does not answer',
      detail: 'The request did not reach the API, or its answer did not come back.',
      remediation: { text: 'Check your connection, then try again.', who: 'you' },
    }
  }
  return {
    code: `http_${status}`,
    title: 'Something between here and the API answered instead',
    detail: `The answer has status ${status} and says no more.`,
    remediation: { text: 'Try again. If it stays, tell the people who run this installation.', who: 'operator' },
  }
}

export function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'remediation' in body
}

/** What happened and what to do, for where there is one line. What is wrong with fields says so itself. */
export function oneLine(error: unknown): string {
  const { problem, title, remediation } = toApiError(error)
  return problem?.errors?.map((field) => field.message).join('; ') || `${title}. ${remediation.text}`
}

export function toApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError(0, undefined)
}
