/** The tabs of an integration, in their order; each has a route of its name. */
export const tabs = [
  { to: '/settings/integrations/$id/overview', value: 'overview', name: 'Overview' },
  { to: '/settings/integrations/$id/repos', value: 'repos', name: 'Repos' },
  { to: '/settings/integrations/$id/services', value: 'services', name: 'Services' },
  { to: '/settings/integrations/$id/webhooks', value: 'webhooks', name: 'Webhooks' },
  { to: '/settings/integrations/$id/diagnostics', value: 'diagnostics', name: 'Diagnostics' },
  { to: '/settings/integrations/$id/syncs', value: 'syncs', name: 'Sync history' },
  { to: '/settings/integrations/$id/settings', value: 'settings', name: 'Settings' },
] as const

export type Tab = (typeof tabs)[number]['value']

export function tabOf(path: string): (typeof tabs)[number] {
  const last = path.replace(/\/$/, '').split('/').pop()
  return tabs.find((tab) => tab.value === last) ?? tabs[0]
}
