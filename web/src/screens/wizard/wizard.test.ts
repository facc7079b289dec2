import { describe, expect, it } from 'vitest'
import type { Connection, ConnectionOrganization } from '../../api/connections'
import type { Integration } from '../../api/integrations'
import { backfillFrom } from '../../format/backfill'
import { nameError } from '../../format/name'
import { choicesFor, lostOf, news, noChoices, parseChoices, requestOf, selectedOf, type Choices } from './choices'
import { creationOf } from './creation'
import { neighbour, readWizardSearch, stepsOf, stepToShow } from './steps'

const available = { available: true }
const organization = (id: number, more: Partial<ConnectionOrganization> = {}): ConnectionOrganization => ({
  id, login: `org-${id}`, avatar_url: 'https://avatars.example.com/u/1', role: 'admin', access: 'ok', selectable: true, checked_at: '2026-03-10T00:00:00Z',
  html_url: `https://github.com/org-${id}`, services: { repos: available, pull_requests: available, tickets: available, webhooks: available }, ...more,
})
const connection: Connection = {
  id: 'c1', auth_method: 'oauth', state: 'authorized', health: 'ok', login: 'octocat', scopes: [], used_scopes: [], never_used: [], created_at: '2026-03-10T00:00:00Z',
}
const claim = { integration_id: 'i1', name: 'acme' }
const authorized = { state: 'authorized' } as const

describe('readWizardSearch', () => {
  it('keeps what it knows and leaves the rest out', () => {
    expect(readWizardSearch({ provider: 'github_cloud', method: 'oauth', connection: 'c1', step: 'name' })).toEqual({ provider: 'github_cloud', method: 'oauth', connection: 'c1', step: 'name' })
    expect(readWizardSearch({ provider: 'gitlab', method: 'password', step: 42, token: 'ghp_secret' })).toEqual({})
  })
})

describe('stepToShow', () => {
  const provider = 'github_cloud' as const
  it('begins with the provider, then the method', () => {
    expect(stepToShow({}, undefined, 0, 0)).toBe('provider')
    expect(stepToShow({ step: 'name' }, undefined, 0, 0)).toBe('provider')
    expect(stepToShow({ provider }, undefined, 0, 0)).toBe('method')
    expect(stepToShow({ provider, step: 'provider' }, undefined, 0, 0)).toBe('provider')
    expect(stepToShow({ provider, method: 'oauth', step: 'method' }, undefined, 0, 0)).toBe('method')
  })
  it('connects where the way back from GitHub leads', () => {
    expect(stepToShow({ provider, method: 'oauth', connection: 'c1' }, authorized, 2, 0)).toBe('connect')
  })
  it.each([null, undefined, { state: 'pending' }, { state: 'denied' }, { state: 'expired' }] as const)('goes no further with the connection %o', (c) => {
    expect(stepToShow({ provider, method: 'oauth', connection: 'c1', step: 'services' }, c, 2, 0)).toBe('connect')
  })
  it('goes no further without an organization', () => {
    expect(stepToShow({ provider, method: 'oauth', step: 'services' }, authorized, 0, 0)).toBe('connect')
    expect(stepToShow({ provider, method: 'github_app', step: 'confirm' }, authorized, 0, 0)).toBe('organizations')
    expect(stepToShow({ provider, method: 'github_app', step: 'confirm' }, authorized, 1, 0)).toBe('confirm')
  })
  it('shows no step of another method', () => {
    expect(stepToShow({ provider, method: 'oauth', step: 'organizations' }, authorized, 1, 0)).toBe('connect')
    expect(stepToShow({ provider, method: 'github_app', step: 'name' }, authorized, 1, 0)).toBe('connect')
  })
  it('shows progress of what was created, whose connection is gone by then', () => {
    expect(stepToShow({ provider, method: 'github_app', step: 'progress' }, null, 0, 2)).toBe('progress')
    expect(stepToShow({ provider, method: 'github_app', step: 'progress' }, null, 0, 0)).toBe('connect')
  })
})

describe('steps', () => {
  it('are those of the method', () => {
    expect(stepsOf('github_app')).toEqual(['provider', 'method', 'connect', 'organizations', 'services', 'confirm'])
    expect(stepsOf('personal_access_token')).toEqual(['provider', 'method', 'connect', 'services', 'name'])
  })
  it('have neighbours', () => {
    expect(neighbour('github_app', 'connect', 1)).toBe('organizations')
    expect(neighbour('oauth', 'connect', 1)).toBe('services')
    expect(neighbour('oauth', 'provider', -1)).toBeUndefined()
    expect(neighbour('oauth', 'name', 1)).toBeUndefined()
  })
})

describe('choices', () => {
  it('are there again after a reload', () => {
    const choices: Choices = { ...noChoices, connection: 'c1', chosen: { 1: false }, backfill: '1y', repositories: 'all', name: 'Acme', created: ['i1'] }
    expect(parseChoices(JSON.stringify(choices))).toEqual(choices)
  })
  it.each([null, '', 'no JSON', '7', 'null', '{"backfill":"forever","repositories":3,"created":{},"token":"ghp_secret"}'])('are the first ones where %s is stored', (stored) => {
    expect(parseChoices(stored)).toEqual(noChoices)
  })
  it('keep with another connection only what is not about the first', () => {
    const choices: Choices = { ...noChoices, connection: 'c1', chosen: { 1: true }, backfill: 'all', name: 'Acme', created: ['i1'] }
    expect(choicesFor(choices, 'c1')).toBe(choices)
    expect(choicesFor(choices, 'c2')).toEqual({ ...noChoices, connection: 'c2', backfill: 'all' })
  })
})

describe('selectedOf', () => {
  const all = [organization(1), organization(2), organization(3, { selectable: false, claim })]
  const ids = (choices: Choices, method: 'oauth' | 'github_app') => selectedOf(choices, method, all).map((o) => o.id)
  it('begins with all that can be read, and with none of the App', () => {
    expect(ids(noChoices, 'oauth')).toEqual([1, 2])
    expect(ids(noChoices, 'github_app')).toEqual([])
  })
  it('follows what was switched, and never takes what cannot be chosen', () => {
    expect(ids({ ...noChoices, chosen: { 1: false, 3: true } }, 'oauth')).toEqual([2])
    expect(ids({ ...noChoices, chosen: { 2: true, 3: true } }, 'github_app')).toEqual([2])
  })
})

describe('requestOf', () => {
  const now = new Date('2026-03-10T14:30:00Z')
  it('has the suggested name, and one of a day that does not move with the minutes', () => {
    const request = requestOf(noChoices, connection, [organization(2), organization(1)], now)
    expect(request).toEqual({
      connection_id: 'c1', organizations: [1, 2], services: { repos: true, pull_requests: true, tickets: true }, auto_import: false,
      backfill_from: '2025-12-10T00:00:00Z', name: 'GitHub – octocat',
    })
    expect(requestOf(noChoices, connection, [organization(1)], new Date('2026-03-10T23:59:00Z')).backfill_from).toBe(request.backfill_from)
  })
  it('has no name with the App, and no day where everything is read', () => {
    const request = requestOf({ ...noChoices, chosen: { 1: true }, backfill: 'all', repositories: 'all' }, { ...connection, auth_method: 'github_app' }, [organization(1)], now)
    expect(request).not.toHaveProperty('name')
    expect(request).not.toHaveProperty('backfill_from')
    expect(request.auto_import).toBe(true)
  })
  it('leaves out what somebody else has connected meanwhile', () => {
    const choices: Choices = { ...noChoices, chosen: { 1: true, 2: true }, sent: { key: 'k', body: '', organizations: [1, 2] } }
    const after = [organization(1, { selectable: false, claim }), organization(2)]
    expect(lostOf(choices, after).map((o) => o.id)).toEqual([1])
    expect(requestOf(choices, { ...connection, auth_method: 'github_app' }, after, now).organizations).toEqual([2])
  })
})

describe('backfillFrom', () => {
  const now = new Date('2026-03-10T14:30:00Z')
  it.each([['30d', '2026-02-08T00:00:00Z'], ['90d', '2025-12-10T00:00:00Z'], ['6m', '2025-09-10T00:00:00Z'], ['1y', '2025-03-10T00:00:00Z'], ['all', undefined]] as const)(
    'of %s is %s', (backfill, want) => expect(backfillFrom(backfill, now)).toBe(want))
})

describe('nameError', () => {
  it('wants one to a hundred characters, as people count them', () => {
    expect(nameError('  ')).toBeDefined()
    expect(nameError('x'.repeat(101))).toBeDefined()
    expect(nameError('🎉'.repeat(100))).toBeUndefined()
    expect(nameError('  שלום  ')).toBeUndefined()
  })
})

describe('news', () => {
  it('counts what is new and what has opened', () => {
    expect(news([organization(1)], [organization(1), organization(2), organization(3)])).toBe('2 new organizations found')
    expect(news([organization(1, { selectable: false })], [organization(1)])).toBe('1 more organization can be chosen now')
    expect(news([organization(1)], [organization(1)])).toBe('Checked again: nothing has changed')
  })
})

describe('creationOf', () => {
  const creating = { organizations: 1, listed: 0 }
  const integration = (more: Partial<Integration>) => ({ lifecycle: 'active', ...more }) as Integration
  it.each([
    [{ lifecycle: 'creating' }, 'working'], [{ creating }, 'working'], [{ creating, data_status: 'rate_limited' }, 'working'],
    [{ data_status: 'healthy' }, 'ready'], [{ data_status: 'rate_limited' }, 'ready'], [{ data_status: 'failed_project' }, 'ready'], [{}, 'ready'],
    [{ data_status: 'action_required' }, 'blocked'], [{ creating, data_status: 'failed_integration' }, 'blocked'],
  ] as const)('of %o is %s', (i, want) => expect(creationOf(integration(i), false)).toBe(want))
  it('is at work after a retry until something has happened', () => {
    const blocked = { data_status: 'action_required' } as const
    expect(creationOf(integration({ ...blocked, last_event_at: '1' }), true, '1')).toBe('working')
    expect(creationOf(integration({ ...blocked, last_event_at: '2' }), true, '1')).toBe('blocked')
    expect(creationOf(integration({ ...blocked, last_event_at: '1' }), true)).toBe('blocked')
    expect(creationOf(integration(blocked), true)).toBe('working')
  })
})
