import type { Connection, Method } from '../../api/connections'
import { compact, oneOf, text, type Raw } from '../../format/search'

export const provider = 'github_cloud'
export const methods = ['github_app', 'oauth', 'personal_access_token'] as const
const names = ['provider', 'method', 'connect', 'organizations', 'services', 'confirm', 'name', 'progress'] as const
export type Step = (typeof names)[number]

export interface WizardSearch {
  provider?: typeof provider | undefined
  method?: Method | undefined
  connection?: string | undefined
  step?: Step | undefined
}

export function readWizardSearch(raw: Raw): WizardSearch {
  return compact({
    provider: oneOf(raw, 'provider', [provider]), method: oneOf(raw, 'method', methods),
    connection: text(raw, 'connection'), step: oneOf(raw, 'step', names),
  })
}

/** The steps that people are counted through. What comes after the last is progress. */
export function stepsOf(method: Method | undefined): Step[] {
  const end: Step[] = method === 'github_app' ? ['connect', 'organizations', 'services', 'confirm'] : ['connect', 'services', 'name']
  return ['provider', 'method', ...end]
}

export function stepNames(method: Method | undefined): Record<Step, string> {
  return {
    provider: 'Provider', method: 'Method', connect: method === 'personal_access_token' ? 'Token' : 'Connect', organizations: 'Organizations',
    services: 'Services', confirm: 'Confirm', name: 'Name', progress: 'Progress',
  }
}

/** The step to show: the one that the address names, if what comes before it is there. */
export function stepToShow(search: WizardSearch, connection: Pick<Connection, 'state'> | null | undefined, chosen: number, created: number): Step {
  if (!search.provider) return 'provider'
  if (!search.method) return search.step === 'provider' ? 'provider' : 'method'
  const step = search.step ?? 'connect'
  if (step === 'provider' || step === 'method') return step
  if (step === 'progress') return created > 0 ? 'progress' : 'connect'
  if (!stepsOf(search.method).includes(step) || connection?.state !== 'authorized') return 'connect'
  if ((step === 'services' || step === 'confirm' || step === 'name') && chosen === 0) return search.method === 'github_app' ? 'organizations' : 'connect'
  return step
}

/** The step before or after another; undefined at the ends. */
export function neighbour(method: Method | undefined, step: Step, by: 1 | -1): Step | undefined {
  const all = stepsOf(method)
  return all[all.indexOf(step) + by]
}
