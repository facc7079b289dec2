import type { components } from '../api/schema'

export type DataStatus = NonNullable<components['schemas']['Integration']['data_status']>
type Lifecycle = components['schemas']['Integration']['lifecycle']
type RepositoryStatus = NonNullable<components['schemas']['Repository']['status']>
export type SyncState = components['schemas']['Sync']['state']

export type Colour = 'green' | 'blue' | 'amber' | 'red' | 'grey'
export type Shape = 'dot' | 'check' | 'half' | 'wait' | 'alert' | 'cross' | 'pause' | 'ring'
export interface Look { word: string; colour: Colour; shape: Shape }

const healthy: Look = { word: 'Healthy', colour: 'green', shape: 'dot' }
const processing: Look = { word: 'Processing', colour: 'blue', shape: 'half' }
const limited: Look = { word: 'Rate limited', colour: 'amber', shape: 'wait' }
const failed: Look = { word: 'Failed', colour: 'red', shape: 'cross' }

export const dataStatusLooks: Record<DataStatus, Look> = {
  healthy,
  processing,
  rate_limited: limited,
  action_required: { word: 'Action required', colour: 'amber', shape: 'alert' },
  failed_project: { word: 'Partly failed', colour: 'red', shape: 'cross' },
  failed_integration: failed,
}

/** What an integration is shown as: what people want of it comes before how its data is. */
export function integrationLook(lifecycle: Lifecycle, status: DataStatus | undefined): Look {
  switch (lifecycle) {
    case 'creating': return { word: 'Creating', colour: 'blue', shape: 'half' }
    case 'paused': return { word: 'Paused', colour: 'grey', shape: 'pause' }
    case 'deleting': return { word: 'Deleting', colour: 'grey', shape: 'half' }
    case 'active': return status ? dataStatusLooks[status] : { word: 'Nothing imported', colour: 'grey', shape: 'ring' }
  }
}

export const repositoryStatusLooks: Record<RepositoryStatus, Look> = { healthy, processing, rate_limited: limited, failed }

export const syncStateLooks: Record<SyncState, Look> = {
  queued: { word: 'Queued', colour: 'grey', shape: 'ring' },
  running: { word: 'Running', colour: 'blue', shape: 'half' },
  waiting: { word: 'Waiting for limit', colour: 'amber', shape: 'wait' },
  completed: { word: 'Completed', colour: 'green', shape: 'dot' },
  partial: { word: 'Partial', colour: 'amber', shape: 'alert' },
  failed,
  cancelled: { word: 'Cancelled', colour: 'grey', shape: 'pause' },
}

export const healthLooks: Record<components['schemas']['ConnectionStatus']['health'], Look> = {
  ok: { word: 'Works', colour: 'green', shape: 'dot' },
  expiring: { word: 'Expires soon', colour: 'amber', shape: 'alert' },
  invalid: { word: 'Not accepted by GitHub', colour: 'red', shape: 'cross' },
  sso_required: { word: 'Single sign-on needed', colour: 'amber', shape: 'alert' },
}

/** How complete a service, or a kind of record, is. */
export const serviceStateLooks: Record<components['schemas']['CollectedService']['state'], Look> = {
  off: { word: 'Off', colour: 'grey', shape: 'ring' },
  processing,
  healthy,
  failed: { word: 'Partly failed', colour: 'red', shape: 'cross' },
}

/** A sync that follows webhooks has no end: that it runs is how it should be. */
export function syncLook({ state, trigger, ended_at }: Pick<components['schemas']['Sync'], 'state' | 'trigger' | 'ended_at'>): Look {
  return trigger === 'webhook' && !ended_at ? { word: 'Following webhooks', colour: 'blue', shape: 'half' } : syncStateLooks[state]
}

/** Why no sync can be started by hand now. */
export function whyNoSync(lifecycle: Lifecycle): string | undefined {
  switch (lifecycle) {
    case 'paused': return 'Paused integrations are not synced. Resume it first.'
    case 'creating': return 'It is being created; the first sync starts by itself.'
    default: return undefined
  }
}

export const methodWords = { github_app: 'GitHub App', oauth: 'OAuth', personal_access_token: 'Personal access token' } as const
export const serviceWords = { repos: 'Repos', pull_requests: 'Pull requests', tickets: 'Tickets' } as const

export const whoWords: Record<components['schemas']['Remediation']['who'], string> = {
  you: 'You can do this.',
  org_owner: 'An owner of the organization can do this.',
  operator: 'The people who run this installation can do this.',
  nobody: '',
}

export const triggerWords: Record<components['schemas']['Sync']['trigger'], string> = {
  connect: 'Connected', import: 'Import', manual: 'Manual', schedule: 'Schedule', settings: 'Settings', verify: 'Verification', webhook: 'Webhook',
}
