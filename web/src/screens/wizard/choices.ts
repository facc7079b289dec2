import type { Connection, ConnectionOrganization, CreateRequest, Method, TokenTest } from '../../api/connections'
import { backfillFrom, backfills, type Backfill } from '../../format/backfill'

export type Services = Record<'repos' | 'pull_requests' | 'tickets', boolean>

/** What a token test said that the connection itself does not say again. */
export type Tested = Pick<TokenTest, 'kind' | 'scopes' | 'notice'>

/** Everything that people chose, for one tab. There is no place in it for a token. */
export interface Choices {
  /** What chosen, name and tested are about: with another connection they begin anew. */
  connection: string
  /** Only what people switched themselves, by the organization's id. */
  chosen: Record<string, boolean>
  services: Services
  backfill: Backfill
  repositories: 'all' | 'later'
  name?: string | undefined
  tested?: Tested | undefined
  /** The key that the last choice was sent with; another choice has another. */
  sent?: { key: string; body: string; organizations: number[] } | undefined
  created: string[]
}

export const noChoices: Choices = {
  connection: '', chosen: {}, services: { repos: true, pull_requests: true, tickets: true }, backfill: '90d', repositories: 'later', created: [],
}

/** Reads what is stored; what an older version wrote, or somebody else, is left out. */
export function parseChoices(stored: string | null): Choices {
  let raw: unknown
  try {
    raw = JSON.parse(stored ?? '')
  } catch {
    return noChoices
  }
  if (typeof raw !== 'object' || raw === null) return noChoices
  const { connection, chosen, services, backfill, repositories, name, tested, sent, created } = raw as Partial<Choices>
  return {
    connection: typeof connection === 'string' ? connection : '',
    chosen: typeof chosen === 'object' && chosen !== null ? chosen : {},
    services: { ...noChoices.services, ...services },
    backfill: backfills.find((b) => b === backfill) ?? noChoices.backfill,
    repositories: repositories === 'all' ? 'all' : 'later',
    created: Array.isArray(created) ? created : [],
    ...(typeof name === 'string' && { name }),
    ...(tested && Array.isArray(tested.scopes) && { tested }),
    ...(sent && Array.isArray(sent.organizations) && { sent }),
  }
}

/** What was chosen, as it is with a connection: what was about another one is forgotten. */
export function choicesFor(choices: Choices, connection: string): Choices {
  if (choices.connection === connection) return choices
  const { services, backfill, repositories } = choices
  return { ...noChoices, connection, services, backfill, repositories }
}

/**
 * The organizations that are chosen of those that can be. A token or OAuth brings
 * one integration, which begins with all of them; the App brings one for each, which
 * people choose.
 */
export function selectedOf(choices: Choices, method: Method | undefined, organizations: ConnectionOrganization[]): ConnectionOrganization[] {
  return organizations.filter((o) => o.selectable && (choices.chosen[o.id] ?? method !== 'github_app'))
}

/** Organizations that were sent to be connected, and that somebody else has connected meanwhile. */
export function lostOf({ sent }: Choices, organizations: ConnectionOrganization[]): ConnectionOrganization[] {
  return sent ? organizations.filter((o) => o.claim && sent.organizations.includes(o.id)) : []
}

export function suggestedName(connection: Pick<Connection, 'login'>): string {
  return `GitHub – ${connection.login}`
}

export function requestOf(choices: Choices, connection: Connection, organizations: ConnectionOrganization[], now: Date): CreateRequest {
  const from = backfillFrom(choices.backfill, now)
  return {
    connection_id: connection.id,
    organizations: selectedOf(choices, connection.auth_method, organizations).map((o) => o.id).sort((a, b) => a - b),
    services: choices.services,
    auto_import: choices.repositories === 'all',
    ...(from && { backfill_from: from }),
    ...(connection.auth_method !== 'github_app' && { name: (choices.name ?? suggestedName(connection)).trim() }),
  }
}

/** What checking again has brought. */
export function news(before: ConnectionOrganization[], after: ConnectionOrganization[]): string {
  const known = new Set(before.map((o) => o.id))
  const added = after.filter((o) => !known.has(o.id)).length
  const could = new Set(before.filter((o) => o.selectable).map((o) => o.id))
  const opened = after.filter((o) => known.has(o.id) && o.selectable && !could.has(o.id)).length
  const said = [
    added > 0 && `${added} new ${added === 1 ? 'organization' : 'organizations'} found`,
    opened > 0 && `${opened} more ${opened === 1 ? 'organization' : 'organizations'} can be chosen now`,
  ].filter((s) => s !== false)
  return said.length > 0 ? said.join('; ') : 'Checked again: nothing has changed'
}
