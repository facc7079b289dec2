import { describe, expect, it } from 'vitest'
import type { Check } from '../../api/diagnostics'
import type { Gap, Integration } from '../../api/integrations'
import { report, withoutQuery } from './report'

const integration = { id: '0189', name: 'Acme', lifecycle: 'active', data_status: 'action_required', auth_method: 'personal_access_token' } as Integration
const access: Check = {
  name: 'access', group: 'organizations', organization: 'acme', organization_id: 1, severity: 'error', code: 'sso_required', title: 'Single sign-on must be authorized', detail: 'Resource protected\nby SAML.',
  effect: 'Nothing of it is read.', checked_at: '2026-03-10T12:00:00Z', evidence: { endpoint: 'GET /organizations/1/repos', status: 403, headers: ['X-GitHub-SSO'] },
  remediation: { text: 'Authorize the token.', who: 'you', url: 'https://github.com/orgs/acme/sso?authorization_request=SECRET#now' },
}
const gap: Gap = { organization_id: 1, organization: 'acme', subject: 'repositories', code: 'repo_gone', title: 'The repository cannot be found', detail: 'It is gone.', count: 2, repositories: 2, examples: ['acme/a', 'acme/b'], remediation: { text: 'Ignore it.', who: 'you' } }
const counts = { ok: 0, info: 0, warning: 0, error: 1 }

describe('report', () => {
  const text = report({ integration, found: { running: false, checked_at: '2026-03-10T12:00:00Z', counts, items: [access] }, gaps: [gap] })
  it('says what is wrong, how it was noticed and what to do', () => {
    expect(text).toBe(`# Diagnostics of Acme

- Integration: 0189
- Method: Personal access token
- Status: Action required
- Checked at: 2026-03-10T12:00:00Z
- Result: 1 check failed (1 check)

## Organizations

- Fail: Single sign-on must be authorized – acme
  - Code: sso_required
  - Found: Resource protected by SAML.
  - Affects: Nothing of it is read.
  - Evidence: GET /organizations/1/repos: 403, X-GitHub-SSO
  - Remedy: Authorize the token. You can do this.
  - Page: https://github.com/orgs/acme/sso
  - Checked at: 2026-03-10T12:00:00Z

## Known to be missing

- The repository cannot be found – acme
  - Code: repo_gone
  - Found: It is gone.
  - Count: 2 repositories
  - Examples: acme/a, acme/b
  - Remedy: Ignore it. You can do this.
`)
  })
  it('holds no query of a link', () => expect(text).not.toContain('SECRET'))
  it('says that nothing was checked yet', () => {
    const none = report({ integration, found: { running: false, counts: { ...counts, error: 0 }, items: [] }, gaps: [] })
    expect(none).toContain('- Checked at: never')
    expect(none).not.toContain('Result')
  })
})

describe('withoutQuery', () => {
  it.each([['https://a/b', 'https://a/b'], ['https://a/b?c=d', 'https://a/b'], ['https://a/b#c?d', 'https://a/b']])('%s is %s', (url, want) => expect(withoutQuery(url)).toBe(want))
})
