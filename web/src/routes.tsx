import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { NotFound } from './parts/NotFound'
import { Failed } from './parts/Failed'
import { placeLeft } from './parts/leaving'
import { readIntegrationsSearch } from './screens/integrations/search'
import { readPullsSearch } from './screens/pulls/search'
import { readReferenceSearch } from './screens/reference/search'
import { readRepositoriesSearch } from './screens/repos/search'
import { readSettingsSearch } from './screens/settings/search'
import { readSyncsSearch } from './screens/syncs/search'
import { readWizardSearch } from './screens/wizard/steps'
import { readWorkLogSearch } from './screens/worklog/search'
import { Shell } from './shell/Shell'

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: Failed })

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/settings/integrations', replace: true })
  },
})

const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  beforeLoad: ({ location }) => {
    if (location.pathname.replace(/\/$/, '') === '/settings') throw redirect({ to: '/settings/integrations', replace: true })
  },
})

const integrations = createRoute({
  getParentRoute: () => settings,
  path: '/integrations',
  validateSearch: readIntegrationsSearch,
  component: lazyRouteComponent(() => import('./screens/integrations/Integrations'), 'Integrations'),
})

const newIntegration = createRoute({
  getParentRoute: () => settings,
  path: '/integrations/new',
  validateSearch: readWizardSearch,
  // GitHub leads back to the method, where no step is named.
  beforeLoad: ({ search: { method, connection, step } }) => {
    const left = method && !step ? placeLeft() : undefined
    if (left?.to === 'github-app') throw redirect({ to: '/settings/github-app', replace: true })
    if (left?.to === 'settings') throw redirect({ to: '/settings/integrations/$id/settings', params: { id: left.id }, search: { method, connection }, replace: true })
  },
  component: lazyRouteComponent(() => import('./screens/wizard/Wizard'), 'Wizard'),
})

const integration = createRoute({
  getParentRoute: () => settings,
  path: '/integrations/$id',
  component: lazyRouteComponent(() => import('./screens/integration/IntegrationPage'), 'IntegrationPage'),
})

const integrationHome = createRoute({
  getParentRoute: () => integration,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/settings/integrations/$id/overview', params, replace: true })
  },
})

const overview = createRoute({
  getParentRoute: () => integration,
  path: '/overview',
  component: lazyRouteComponent(() => import('./screens/overview/Overview'), 'Overview'),
})

const repos = createRoute({
  getParentRoute: () => integration,
  path: '/repos',
  validateSearch: readRepositoriesSearch,
  component: lazyRouteComponent(() => import('./screens/repos/Repos'), 'Repos'),
})

const services = createRoute({
  getParentRoute: () => integration,
  path: '/services',
  component: lazyRouteComponent(() => import('./screens/services/Services'), 'Services'),
})

const webhooks = createRoute({
  getParentRoute: () => integration,
  path: '/webhooks',
  component: lazyRouteComponent(() => import('./screens/webhooks/Webhooks'), 'Webhooks'),
})

const integrationSettings = createRoute({
  getParentRoute: () => integration,
  path: '/settings',
  validateSearch: readSettingsSearch,
  component: lazyRouteComponent(() => import('./screens/settings/Settings'), 'Settings'),
})

const diagnostics = createRoute({
  getParentRoute: () => integration,
  path: '/diagnostics',
  component: lazyRouteComponent(() => import('./screens/diagnostics/Diagnostics'), 'Diagnostics'),
})

const syncs = createRoute({
  getParentRoute: () => integration,
  path: '/syncs',
  validateSearch: readSyncsSearch,
  component: lazyRouteComponent(() => import('./screens/syncs/Syncs'), 'Syncs'),
})

const repositories = createRoute({
  getParentRoute: () => settings,
  path: '/repos',
  validateSearch: readRepositoriesSearch,
  component: lazyRouteComponent(() => import('./screens/repositories/Repositories'), 'Repositories'),
})

const githubApp = createRoute({
  getParentRoute: () => settings,
  path: '/github-app',
  component: lazyRouteComponent(() => import('./screens/github-app/GitHubAppPage'), 'GitHubAppPage'),
})

const tokens = createRoute({
  getParentRoute: () => settings,
  path: '/tokens',
  component: lazyRouteComponent(() => import('./screens/access/Tokens'), 'Tokens'),
})

const auditLog = createRoute({
  getParentRoute: () => settings,
  path: '/audit-log',
  component: lazyRouteComponent(() => import('./screens/access/AuditLog'), 'AuditLog'),
})

const reference = createRoute({
  getParentRoute: () => settings,
  path: '/api-reference',
  validateSearch: readReferenceSearch,
  component: lazyRouteComponent(() => import('./screens/reference/Reference'), 'Reference'),
})

const reports = createRoute({
  getParentRoute: () => root,
  path: '/reports',
  beforeLoad: ({ location }) => {
    if (location.pathname.replace(/\/$/, '') === '/reports') throw redirect({ to: '/reports/work-log', replace: true })
  },
})

const workLog = createRoute({
  getParentRoute: () => reports,
  path: '/work-log',
  validateSearch: readWorkLogSearch,
  component: lazyRouteComponent(() => import('./screens/worklog/WorkLog'), 'WorkLog'),
})

const pullRequests = createRoute({
  getParentRoute: () => reports,
  path: '/pull-requests',
  validateSearch: readPullsSearch,
  component: lazyRouteComponent(() => import('./screens/pulls/PullRequests'), 'PullRequests'),
})

export function createAppRouter() {
  return createRouter({
    routeTree: root.addChildren([home, settings.addChildren([
      integrations, newIntegration, repositories, githubApp, tokens, auditLog, reference,
      integration.addChildren([integrationHome, overview, repos, services, webhooks, diagnostics, syncs, integrationSettings]),
    ]), reports.addChildren([workLog, pullRequests])]),
    defaultPreload: 'intent',
    scrollRestoration: true,
    defaultErrorComponent: Failed,
    defaultNotFoundComponent: NotFound,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
