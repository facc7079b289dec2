import { describe, expect, it } from 'vitest'
import type { AuthMethod } from '../../api/connections'
import type { IntegrationOrganization } from '../../api/integrations'
import { startsBefore } from './backfill'
import { collectedWords } from './collected'
import { needsOf, unavailableIn } from './needs'

const now = new Date('2026-06-15T12:00:00Z')

describe('startsBefore', () => {
  it.each([
    [undefined, []],
    ['2026-06-10T00:00:00Z', ['30d', '90d', '6m', '1y', 'all']],
    ['2026-03-17T00:00:00Z', ['6m', '1y', 'all']],
    ['2020-01-01T00:00:00Z', ['all']],
  ])('offers from %s on only what is further back', (present, want) => expect(startsBefore(present, now).map((s) => s.value)).toEqual(want))
  it('means the beginning by everything', () => expect(startsBefore('2020-01-01T00:00:00Z', now)[0]?.from).toBe(null))
})

const stream = (kind: 'commits' | 'releases', stored: number) => ({ kind, stored, unread: 0, failing: 0 })

describe('collectedWords', () => {
  it('names the kinds that there are', () => expect(collectedWords({ rows: 41, streams: [stream('commits', 41), stream('releases', 0)] })).toBe('41 rows: commits 41'))
  it('is nothing of nothing', () => expect(collectedWords({ rows: 0, streams: [stream('commits', 0)] })).toBe('Nothing yet'))
})

const scope = (name: string, used: boolean) => ({ name, used, required: false, purpose: '' })
const token: AuthMethod = { id: 'personal_access_token', name: '', enabled: true, required_scopes: [scope('repo', true), scope('admin:org', false), scope('read:org', true)] }
const app: AuthMethod = { id: 'github_app', name: '', enabled: true, permissions: [{ name: 'contents', access: 'read', services: ['repos'] }, { name: 'issues', access: 'read', services: ['tickets'] }] }
const cause = { code: 'app_permission_pending', title: 'Pending', detail: '', remediation: { text: '', who: 'org_owner' } } as const
const organization = (login: string, tickets: boolean) => ({
  login, access: 'ok', services: { repos: { available: true }, pull_requests: { available: true }, tickets: tickets ? { available: true } : { available: false, cause }, webhooks: { available: true } },
}) as unknown as IntegrationOrganization

describe('needsOf', () => {
  it('knows scopes by what is granted', () => {
    const grant = { scopes: ['admin:org'], used_scopes: [{ name: 'read:org', via: 'admin:org', purpose: '' }] }
    expect(needsOf('repos', token, grant, [])).toEqual([{ name: 'repo', held: false }, { name: 'read:org', held: true }])
  })
  it('says where GitHub tells no scopes', () => expect(needsOf('repos', token, { scopes: [], used_scopes: [] }, []).map((n) => n.held)).toEqual(['unknown', 'unknown']))
  it('knows permissions of the App by what can be read', () => {
    expect(needsOf('tickets', app, undefined, [organization('a', true), organization('b', false)])).toEqual([{ name: 'issues: read', held: false }])
    expect(needsOf('repos', app, undefined, [organization('b', false)])).toEqual([{ name: 'contents: read', held: true }])
  })
  it('is nothing before the method is known', () => expect(needsOf('repos', undefined, undefined, [])).toEqual([]))
})

describe('unavailableIn', () => {
  it('names organizations and reasons', () => {
    const both = [organization('a', true), organization('b', false)]
    expect(unavailableIn('tickets', both)).toEqual([{ organization: 'b', cause }])
    expect(unavailableIn('repos', both)).toEqual([])
  })
})
