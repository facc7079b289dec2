import { describe, expect, it } from 'vitest'
import type { AccessChange } from '../../api/credentials'
import { lossText, lostTitle, whatOf } from './changes'

const change = (more: Partial<AccessChange> = {}): AccessChange => ({ organization_id: 1, organization: 'acme', access: 'ok', ...more })
const secret = { id: 1, full_name: 'acme/secret' }

describe('lostTitle', () => {
  it('names single sign-on only where that is all', () => {
    expect(lostTitle([change({ code: 'sso_required' })])).toBe('These organizations will stop updating until you authorize SSO')
    expect(lostTitle([change({ code: 'sso_required' }), change({ code: 'organization_unknown' })])).toBe('These organizations will stop updating')
  })
  it('does not say that an organization stops where only a part of it does', () => {
    expect(lostTitle([change({ repositories: [secret] })])).toBe('This will stop updating')
    expect(lostTitle([change({ code: 'sso_required', services: ['tickets'] })])).toBe('This will stop updating')
  })
})

describe('whatOf', () => {
  it('is everything, services, repositories, or both', () => {
    expect(whatOf(change())).toBe('everything')
    expect(whatOf(change({ services: ['repos', 'tickets'], repositories: null }))).toBe('Repos and Tickets')
    expect(whatOf(change({ repositories: [secret, { id: 2, full_name: 'acme/other' }] }))).toBe('2 repos')
    expect(whatOf(change({ services: ['tickets'], repositories: [secret] }))).toBe('Tickets; 1 repo')
  })
})

describe('lossText', () => {
  it('names services only where not all are lost', () => {
    expect(lossText(secret)).toBe('acme/secret')
    expect(lossText({ ...secret, services: ['tickets'] })).toBe('acme/secret (Tickets)')
  })
})
