import type { Check, Diagnostics } from '../../api/diagnostics'
import { list, plural } from '../../format/count'
import type { Look } from '../../format/status'
import { relative } from '../../format/time'

const groupWords = {
  credential: 'Credential', organizations: 'Organizations', repositories: 'Repositories', webhooks: 'Webhooks', rate_limit: 'Rate limit', platform: 'Platform', other: 'Other',
} as const

type Group = keyof typeof groupWords

/** To the API webhooks are a matter of organizations; people look for them by their name. */
function groupOf(check: Check): Group {
  if (check.name.startsWith('webhooks')) return 'webhooks'
  return check.group in groupWords ? check.group : 'other'
}

/** The checks in the order in which people read them; each group has its worst first, as the API lists them. */
export function grouped(checks: Check[]): { group: Group; name: string; checks: Check[] }[] {
  return (Object.keys(groupWords) as Group[])
    .map((group) => ({ group, name: groupWords[group], checks: checks.filter((check) => groupOf(check) === group) }))
    .filter(({ checks: found }) => found.length > 0)
}

/** Of what has no code there is nothing to know: it was looked at and could not be tried. */
export function lookOf({ severity, code }: Pick<Check, 'severity' | 'code'>): Look {
  switch (severity) {
    case 'ok': return { word: 'Pass', colour: 'green', shape: 'dot' }
    case 'warning': return { word: 'Warn', colour: 'amber', shape: 'alert' }
    case 'error': return { word: 'Fail', colour: 'red', shape: 'cross' }
    case 'info': return code ? { word: 'Note', colour: 'blue', shape: 'half' } : { word: 'Not applicable', colour: 'grey', shape: 'ring' }
  }
}

/** While checks are being made, those of the last time wait for their turn. */
export function waits({ running, checked_at }: Pick<Diagnostics, 'running' | 'checked_at'>, check: Pick<Check, 'checked_at'>): boolean {
  return running && checked_at !== undefined && Date.parse(check.checked_at) <= Date.parse(checked_at)
}

/** Of which organization a check is, and what it looked at. */
export const titleOf = (check: Check) => [check.title || check.detail, check.organization].filter(Boolean).join(' – ')

/** "Everything checked is fine", or how many are not. */
export function verdict({ error, warning }: Diagnostics['counts']): string {
  const bad = [error > 0 && `${plural(error, 'check')} failed`, warning > 0 && `${plural(warning, 'check')} ${warning === 1 ? 'warns' : 'warn'}`].filter((part) => part !== false)
  return bad.length === 0 ? 'Everything checked is fine' : list(bad)
}

/** "Everything checked is fine (14 checks, 2 s ago)". */
export function summary(found: Diagnostics, now: Date): string {
  const when = found.checked_at ? `, ${relative(new Date(found.checked_at), now)}` : ''
  return `${verdict(found.counts)} (${plural(found.items.length, 'check')}${when})`
}
