import type { AuthMethod } from '../api/connections'
import { list } from './count'
import { serviceWords } from './status'

/** The permissions that the GitHub App asks for, and what for. */
export function permissionsOf(method: AuthMethod | undefined) {
  return (method?.permissions ?? []).map((p) => ({ name: `${p.name}: ${p.access}`, purpose: p.services.length > 0 ? `Reads ${list(p.services.map((s) => serviceWords[s]))}.` : 'Tells to which organizations you belong, and in which role.' }))
}
