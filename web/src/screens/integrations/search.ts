import { compact, oneOf, text, type Raw } from '../../format/search'

export const statuses = ['healthy', 'processing', 'rate_limited', 'action_required', 'failed_project', 'failed_integration'] as const
export const methods = ['github_app', 'oauth', 'personal_access_token'] as const
export const services = ['repos', 'pull_requests', 'tickets', 'webhooks'] as const
export const sorts = ['status', 'created_at', 'last_event_at', 'complete_through'] as const // by name where none is chosen

export interface IntegrationsSearch {
  q?: string | undefined
  status?: (typeof statuses)[number] | undefined
  method?: (typeof methods)[number] | undefined
  service?: (typeof services)[number] | undefined
  sort?: (typeof sorts)[number] | undefined
}

export function readIntegrationsSearch(raw: Raw): IntegrationsSearch {
  return compact({
    q: text(raw, 'q'), status: oneOf(raw, 'status', statuses), method: oneOf(raw, 'method', methods),
    service: oneOf(raw, 'service', services), sort: oneOf(raw, 'sort', sorts),
  })
}

export function isFiltered({ q, status, method, service }: IntegrationsSearch): boolean {
  return Boolean(q ?? status ?? method ?? service)
}
