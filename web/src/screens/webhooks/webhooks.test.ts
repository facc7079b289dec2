import { describe, expect, it } from 'vitest'
import type { Change, Hook, Schedule, WebhookDelivery, Webhooks } from '../../api/webhooks'
import { outcome } from './outcome'
import { deliveryCause, hookName, paceWords, preconditionWords, seconds, successRate } from './words'

const hook = (more: Partial<Hook> = {}): Hook => ({ source: 'organization', hook_id: 7, state: 'active', url: '', events: [], ...more })
const cause = { code: 'not_org_owner', title: 'Not an owner', detail: '', remediation: { text: '', who: 'org_owner' } } as const
const webhooks = (...hooks: Hook[]): Webhooks => ({ organization_id: 1, organization: 'acme', available: true, preconditions: [], sources: [], enabled: true, health: 'healthy', hooks, hooks_total: hooks.length, ...(hooks[0]?.cause && { cause: hooks[0].cause }) })

describe('outcome', () => {
  it.each<[Change, Hook[], boolean, string]>([
    ['on', [hook()], true, 'are switched on'],
    ['on', [hook({ state: 'creating' })], false, 'has not answered yet'],
    ['on', [hook({ state: 'creating', cause })], false, 'did not let it be set up: Not an owner.'],
    ['off', [], true, 'are switched off'],
    ['off', [hook({ state: 'removing' })], false, 'has not deleted everything yet'],
    ['off', [hook({ state: 'removing', cause })], false, 'did not let everything be deleted'],
    ['ping', [hook({ pinged_at: '2026-01-02T00:00:00Z' })], true, 'The ping arrived'],
    ['ping', [hook({ pinged_at: '2026-01-01T00:00:00Z' })], false, 'none has arrived yet'],
    ['rotate', [hook()], true, 'was replaced'],
    ['rotate', [hook({ state: 'creating', cause })], false, 'the old one counts'],
  ])('of %s, with %j', (change, after, done, text) => {
    const got = outcome(change, webhooks(hook({ pinged_at: '2026-01-01T00:00:00Z' })), webhooks(...after))
    expect(got.done).toBe(done)
    expect(got.text).toContain(text)
  })
})

const schedule: Schedule = { organization_id: 1, cron: '', default: true, interval_seconds: 900, effective_interval_seconds: 3600, jitter_seconds: 0, last_runs: [], next_runs: [], pace: 'slower', paused: false, paused_by_integration: false, time_zone: 'UTC' }

describe('paceWords', () => {
  it('tells the interval without webhooks, and the slower one with them', () => {
    expect(paceWords(schedule, false)).toBe('Data is refreshed every 15 min instead.')
    expect(paceWords(schedule, true)).toBe('What no webhook announces is read every 1 h.')
  })
  it('tells the times of a cron text', () => expect(paceWords({ ...schedule, cron: '0 6 * * *' }, false)).toBe('Data is refreshed at the times 0 6 * * * (UTC) instead.'))
  it('tells that nothing comes by itself', () => {
    expect(paceWords({ ...schedule, paused: true }, false)).toContain('The schedule is paused')
    expect(paceWords({ ...schedule, paused_by_integration: true }, true)).toContain('The integration is paused')
  })
})

const delivery = (more: Partial<WebhookDelivery>): WebhookDelivery => ({ event: 'issues', guid: '', organization_id: 1, received_at: '', state: 'applied', times: 1, ...more })

describe('deliveryCause', () => {
  it.each([
    [delivery({}), '–'], [delivery({ state: 'ignored' }), 'Concerns nothing that is imported'], [delivery({ state: 'ignored', event: 'ping' }), 'A ping has nothing to read'],
    [delivery({ state: 'failed', error: 'no body' }), 'no body'],
  ])('of %j is %s', (d, want) => expect(deliveryCause(d)).toBe(want))
})

describe('words', () => {
  it('names hooks as people find them', () => {
    expect(hookName(hook(), 'acme')).toBe('webhook 7 of acme')
    expect(hookName(hook({ source: 'repository', repository_id: 9 }), 'acme')).toBe('webhook 7 of the repo with the id 9')
    expect(hookName({ source: 'organization', state: 'creating', url: '', events: [] }, 'acme')).toBe('the webhook of acme')
    expect(hookName(hook({ source: 'app' }), 'acme')).toBe('the webhook of the GitHub App')
  })
  it('has the words of the API for a precondition of a later version', () => {
    expect(preconditionWords({ code: 'no_repo_imported', met: true })).toBe('At least one repo of the organization is imported')
    expect(preconditionWords({ code: 'rate_limited', met: false, cause: { ...cause, title: 'Something else' } })).toBe('Something else')
  })
  it('counts what was delivered', () => {
    const meter = { since: '', undelivered: 1, redelivered: 0, unannounced: 0, repaired: 0 }
    expect(successRate({ ...meter, received: 3, expected: 4 })).toBe(0.75)
    expect(successRate({ ...meter, received: 0, expected: 0 })).toBe(0)
  })
  it('tells times with a tenth while they are short', () => expect([0.34, 5, 75].map(seconds)).toEqual(['0.3 s', '5.0 s', '1 min 15 s']))
})
