import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { NotFound } from './parts/NotFound'
import { Failed } from './parts/Failed'
import { readIntegrationsSearch } from './screens/integrations/search'
import { readRepositoriesSearch } from './screens/repos/search'
import { readSyncsSearch } from './screens/syncs/search'
import { readWizardSearch } from './screens/wizard/steps'
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

export function createAppRouter() {
  return createRouter({
    routeTree: root.addChildren([home, settings.addChildren([integrations, newIntegration, integration.addChildren([integrationHome, overview, repos, diagnostics, syncs]), repositories])]),
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
