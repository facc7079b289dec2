import { expect, it } from 'vitest'
import { ApiError, oneLine, type Problem } from './problem'

const problem = { code: 'invalid', title: 'It is wrong', detail: 'Somewhere', remediation: { text: 'Mend it.', who: 'you' } } as unknown as Problem

it('says in one line what happened and what to do, or what is wrong with the fields', () => {
  expect(oneLine(new ApiError(409, problem))).toBe('It is wrong. Mend it.')
  expect(oneLine(new ApiError(422, { ...problem, errors: [{ location: 'a', message: 'a is empty' }, { location: 'b', message: 'b is long' }] }))).toBe('a is empty; b is long')
  expect(oneLine(new TypeError('Failed to fetch'))).toContain('try again')
})
