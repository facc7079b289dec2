import { describe, expect, it } from 'vitest'
import type { Check, Diagnostics } from '../../api/diagnostics'
import { grouped, lookOf, summary, titleOf, waits } from './checks'

const check = (name: string, group: string, more: Partial<Check> = {}) => ({ name, group, severity: 'ok', title: name, detail: '', checked_at: '2026-03-10T12:00:00Z', ...more }) as Check

describe('grouped', () => {
  it('has an order of its own, webhooks apart, and keeps the order within', () => {
    const found = grouped([check('webhooks', 'organizations'), check('role', 'organizations'), check('access', 'organizations'), check('credential', 'credential')])
    expect(found.map(({ name, checks }) => [name, checks.map((c) => c.name)])).toEqual([['Credential', ['credential']], ['Organizations', ['role', 'access']], ['Webhooks', ['webhooks']]])
  })
  it('keeps what it does not know', () => expect(grouped([check('newer', 'of a later version')]).map(({ name }) => name)).toEqual(['Other']))
})

describe('lookOf', () => {
  it.each([['ok', undefined, 'Pass'], ['warning', 'repo_gone', 'Warn'], ['error', 'token_invalid', 'Fail'], ['info', 'not_org_owner', 'Note'], ['info', undefined, 'Not applicable']] as const)('%s %s is %s', (severity, code, want) =>
    expect(lookOf({ severity, ...(code ? { code } : {}) }).word).toBe(want))
})

describe('titleOf', () => {
  it('names the organization', () => expect(titleOf(check('Access', 'organizations', { organization: 'acme' }))).toBe('Access – acme'))
  it('says what was found where there is no title', () => expect(titleOf(check('graphql', 'other', { title: '', detail: 'GitHub answers queries.' }))).toBe('GitHub answers queries.'))
})

describe('summary', () => {
  const now = new Date('2026-03-10T12:00:02Z')
  const of = (counts: Partial<Diagnostics['counts']>, items: number): Diagnostics =>
    ({ running: false, checked_at: '2026-03-10T11:59:50Z', counts: { ok: 0, info: 0, warning: 0, error: 0, ...counts }, items: Array.from({ length: items }, () => check('credential', 'credential')) })
  it.each([
    [of({ ok: 12, info: 2 }, 14), 'Everything checked is fine (14 checks, 12 s ago)'],
    [of({ ok: 12, error: 1, warning: 1 }, 14), '1 check failed and 1 check warns (14 checks, 12 s ago)'],
    [of({ warning: 2 }, 2), '2 checks warn (2 checks, 12 s ago)'],
  ])('of %# says what it came to', (found, want) => expect(summary(found, now)).toBe(want))
})

describe('waits', () => {
  const at = (checked_at: string) => check('access', 'organizations', { checked_at })
  it.each([
    [true, '2026-03-10T12:00:01Z', '2026-03-10T12:00:01Z', true],
    [true, '2026-03-10T12:00:01Z', '2026-03-10T12:00:01.5Z', false],
    [false, '2026-03-10T12:00:01Z', '2026-03-10T12:00:00Z', false],
    [true, undefined, '2026-03-10T12:00:00Z', false],
  ])('running %s, last made %s: of %s says %s', (running, last, mine, want) => expect(waits({ running, ...(last ? { checked_at: last } : {}) }, at(mine))).toBe(want))
})
