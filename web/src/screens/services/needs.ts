import type { AuthMethod, Connection } from '../../api/connections'
import type { IntegrationOrganization } from '../../api/integrations'
import type { Cause } from '../../api/problem'
import type { Service } from '../../api/services'

export interface Need { name: string; held: boolean | 'unknown' }

type Grant = Pick<Connection, 'scopes' | 'used_scopes'>

/** What a service is read with: permissions of the App, or those scopes of a credential that are used at all. */
export function needsOf(service: Service, method: AuthMethod | undefined, grant: Grant | undefined, organizations: IntegrationOrganization[]): Need[] {
  const permissions = (method?.permissions ?? []).filter((p) => p.services.includes(service))
  if (permissions.length > 0) {
    const held = organizations.every((o) => o.services[service].available)
    return permissions.map((p) => ({ name: `${p.name}: ${p.access}`, held }))
  }
  const told = grant !== undefined && grant.scopes.length > 0 // of some tokens GitHub does not say what they may do
  return (method?.required_scopes ?? []).filter((s) => s.used).map((s) => ({ name: s.name, held: told ? grant.used_scopes.some((used) => used.name === s.name) : 'unknown' }))
}

export interface Unavailable { organization: string; cause: Cause | undefined }

/** The organizations in which a service cannot be read, and why. */
export function unavailableIn(service: Service, organizations: IntegrationOrganization[]): Unavailable[] {
  return organizations.filter((o) => !o.services[service].available && o.access !== 'checking').map((o) => ({ organization: o.login, cause: o.services[service].cause ?? o.cause }))
}
