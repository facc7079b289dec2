import type { Hook, Precondition, Schedule, WebhookDelivery, WebhookMeter, Webhooks } from '../../api/webhooks'
import type { Look } from '../../format/status'
import { duration } from '../../format/time'

/** What each precondition asks for, said so that it is true when it is met. */
const wanted: Partial<Record<Precondition['code'], string>> = {
  not_org_owner: 'The account is an owner of the organization',
  scope_missing: 'The credential may manage webhooks',
  app_permission_pending: 'The GitHub App may receive what it is to be told',
  no_repo_imported: 'At least one repo of the organization is imported',
  receiver_not_public: 'GitHub can reach this installation',
  webhook_secret_missing: "The secret of the GitHub App's webhook is known here",
}

/** A new code has its own words in the API, where it is not met. */
export const preconditionWords = ({ code, cause }: Precondition): string => wanted[code] ?? cause?.title ?? code

export const healthLooks: Record<Webhooks['health'], Look> = {
  off: { word: 'Off', colour: 'grey', shape: 'ring' },
  unknown: { word: 'Waiting for a delivery', colour: 'blue', shape: 'half' },
  healthy: { word: 'Healthy', colour: 'green', shape: 'dot' },
  failing: { word: 'Failing', colour: 'red', shape: 'cross' },
}

export const hookLooks: Record<Hook['state'], Look> = {
  creating: { word: 'Being set up', colour: 'blue', shape: 'half' },
  active: { word: 'Active', colour: 'green', shape: 'dot' },
  failing: { word: 'Deliveries fail', colour: 'red', shape: 'cross' },
  missing: { word: 'Gone from GitHub', colour: 'red', shape: 'cross' },
  altered: { word: 'Changed at GitHub', colour: 'amber', shape: 'alert' },
  muted: { word: 'Switched off at GitHub', colour: 'amber', shape: 'pause' },
  removing: { word: 'Being deleted', colour: 'grey', shape: 'half' },
}

export const deliveryLooks: Record<WebhookDelivery['state'], Look> = {
  received: { word: 'Waits to be read', colour: 'blue', shape: 'half' },
  applied: { word: 'Read', colour: 'green', shape: 'dot' },
  ignored: { word: 'Ignored', colour: 'grey', shape: 'ring' },
  failed: { word: 'Failed', colour: 'red', shape: 'cross' },
}

/** Why a delivery came to nothing. */
export function deliveryCause({ state, event, error }: WebhookDelivery): string {
  if (error) return error
  if (state !== 'ignored') return '–'
  return event === 'ping' ? 'A ping has nothing to read' : 'Concerns nothing that is imported'
}

/** How much of what happened was delivered, at first or in the end. */
export function successRate({ received, expected }: WebhookMeter): number {
  return expected > 0 ? received / expected : 0
}

/** At which pace data is refreshed, with webhooks or without. */
export function paceWords(schedule: Schedule, webhooks: boolean): string {
  if (schedule.paused_by_integration) return 'The integration is paused: nothing is refreshed.'
  if (schedule.paused) return 'The schedule is paused: nothing is refreshed by itself.'
  const interval = webhooks ? schedule.effective_interval_seconds : schedule.interval_seconds // webhooks change the pace
  const pace = schedule.cron ? `at the times ${schedule.cron} (${schedule.time_zone})` : `every ${duration(interval)}`
  return webhooks ? `What no webhook announces is read ${pace}.` : `Data is refreshed ${pace} instead.`
}

/** 1.83 → "1.8 s" */
export const seconds = (n: number): string => (n < 60 ? `${n.toFixed(1)} s` : duration(n))

/** What people call a hook when they look for it at GitHub. */
export function hookName({ source, hook_id, repository_id }: Hook, organization: string): string {
  if (source === 'app') return 'the webhook of the GitHub App'
  const where = repository_id ? `the repo with the id ${repository_id}` : organization
  return hook_id ? `webhook ${hook_id} of ${where}` : `the webhook of ${where}`
}
