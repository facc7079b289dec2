import { describe, expect, it } from 'vitest'
import { actionWords, detailWords } from './actions'

describe('actionWords', () => {
  it.each([['pause-integration', 'Pause integration'], ['create-session', 'Sign in'], ['set-auto-import', 'Set auto-import'], ['', '']])(
    'says %s as %s', (action, want) => expect(actionWords(action)).toBe(want))
})

describe('detailWords', () => {
  it('shows what was sent, and nothing else', () => {
    expect(detailWords({ via: 'token', 'body.pull_requests': 'false', 'body.services.tickets': 'true', 'body.interval_seconds': '300' }))
      .toBe('pull requests: off, tickets: on, interval seconds: 300')
    expect(detailWords({ 'body.dry_run': 'true', 'body.backfill_from': '2026-09-01T00:00:00Z' })).toBe('only tried, backfill from: 2026-09-01')
    expect(detailWords({ 'body.dry_run': 'false' })).toBe('')
    expect(detailWords(undefined)).toBe('')
    expect(detailWords({ code: 'name_taken' })).toBe('')
    expect(detailWords({ 'body.dry_run': 'false', 'body.organizations': '1001', 'body.organization_id': '1', 'body.repository_ids': '1 2', 'body.enabled': 'true' })).toBe('enabled: on')
  })
})
