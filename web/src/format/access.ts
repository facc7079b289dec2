import type { IntegrationOrganization } from '../api/integrations'
import type { Look } from './status'

type Access = IntegrationOrganization['access']

const needs = (word: string): Look => ({ word, colour: 'amber', shape: 'alert' })
const off = (word: string): Look => ({ word, colour: 'red', shape: 'cross' })

/** What a credential may read of an organization. */
export const accessLooks: Record<Access, Look> = {
  checking: { word: 'Checking access…', colour: 'blue', shape: 'half' },
  ok: { word: 'Readable', colour: 'green', shape: 'dot' },
  ok_member: { word: 'Readable, without webhooks', colour: 'green', shape: 'dot' },
  oauth_restricted: needs('Awaiting approval in GitHub'),
  sso_required: needs('SSO authorization needed'),
  membership_pending: needs('Invitation not accepted'),
  app_not_installed: needs('App not installed'),
  app_suspended: needs('App suspended'),
  claimed_elsewhere: { word: 'Already connected', colour: 'grey', shape: 'ring' },
  refused: off('Refused by GitHub'),
  gone: off('Gone from GitHub'),
}

export function isReadable(access: Access): boolean {
  return access === 'ok' || access === 'ok_member'
}
