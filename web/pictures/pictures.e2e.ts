import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { answer, windowOf } from '../e2e/github'
import { newPage, productURL, setting, stage, useBrowser } from '../e2e/browser'
import { dayOf, mondayOf, plusDays } from '../src/format/days'
import { take } from './camera'

useBrowser()

const wizard = '/settings/integrations/new?provider=github_cloud'
const patience = { timeout: 40_000 }
let acme = '' // the integration's id

/** What the tab or page shows when it is there. */
type Screen = readonly [name: string, path: string, there: string, steps?: (page: Page) => Promise<void>]

const tabs: Screen[] = [
  ['overview', 'overview', 'text=Latest syncs'],
  ['repos', 'repos?view=imported', 'data-testid=repository'],
  ['services', 'services', 'role=switch'],
  ['webhooks', 'webhooks', 'data-testid=delivery'],
  ['diagnostics', 'diagnostics', 'data-testid=run-checks', async (page) => {
    await page.getByTestId('run-checks').click()
    await page.getByText(/\(\d+ checks, /).first().waitFor(patience)
  }],
  ['syncs', 'syncs', 'data-testid=sync'],
  ['integration-settings', 'settings', 'role=heading[name="Name"]'],
]

const pages: Screen[] = [
  ['integrations', '/settings/integrations', 'data-testid=integration'],
  ['all-repos', '/settings/repos', 'data-testid=repository'],
  ['work-log', `/reports/work-log?from=${mondayOf(plusDays(dayOf(new Date(), 'UTC'), -280))}`, 'data-testid=grid'], // the demo's people were busy then
  ['tokens', '/settings/tokens', 'data-testid=tokens'],
  ['audit-log', '/settings/audit-log', 'data-testid=audit-log'],
  ['github-app', '/settings/github-app', 'data-testid=github-app'],
  ['api-reference', '/settings/api-reference#list-integrations', 'data-testid=operation'],
  ['pull-requests', '/reports/pull-requests', 'data-testid=open-pull-request'],
  ['pull-requests-over-time', '/reports/pull-requests?part=time&period=year', 'data-testid=chart'],
  ['not-found', '/no/such/page', 'role=heading[level=1]'],
]

async function opened(path: string, there: string, base = productURL): Promise<Page> {
  const page = await newPage({ baseURL: base })
  await page.goto(path)
  await page.locator(there).first().waitFor(patience)
  return page
}

/** Uses the API as a program does. */
async function send<T>(method: string, path: string, body?: object): Promise<T> {
  const answered = await fetch(`${productURL}/api/v1${path}`, { method, headers: { 'Content-Type': 'application/json' }, ...(body && { body: JSON.stringify(body) }) })
  expect(answered.ok, `${method} ${path}: ${answered.status}`).toBe(true)
  return await answered.json() as T
}

const ended = (page: Page, name: string) => page.getByRole('region', { name: 'Latest syncs' }).getByText(name).first().waitFor({ timeout: 200_000 })

test('before anything is connected', async () => {
  await take(await opened('/', 'text=Connect GitHub to start'), 'first-run')
  await take(await opened('/', 'role=heading[name="Sign in"]', setting('CLOSED_UI')), 'sign-in')
})

test('an organization is connected with a token', async () => {
  const page = await opened('/settings/integrations/new', 'role=radio')
  await take(page, 'wizard-1-provider')
  await page.goto(`${wizard}&step=method`)
  await page.getByTestId('method-github_app').waitFor()
  await take(page, 'wizard-2-method')
  await page.goto(`${wizard}&method=personal_access_token`)
  await page.getByRole('textbox', { name: 'Personal access token' }).fill(setting('TOKEN'))
  await page.getByTestId('test-connection').click()
  await page.getByTestId('connection-success').waitFor()
  for (const other of ['globex', 'hooli', 'initech', 'umbrella']) {
    const box = page.getByTestId(`org-${other}`).getByRole('checkbox')
    if (await box.isChecked()) await box.uncheck()
  }
  await take(page, 'wizard-3-token')
  await page.getByTestId('next').click()
  await page.getByTestId('service-tickets').waitFor()
  await page.getByRole('radio', { name: 'All, and new ones automatically' }).check()
  await take(page, 'wizard-4-services')
  await page.getByTestId('next').click()
  await page.getByTestId('integration-name').fill('Acme')
  await take(page, 'wizard-5-name')
  await page.getByTestId('create').click()
  await page.waitForURL(/\/settings\/integrations\/[0-9a-f-]{36}/)
  acme = new URL(page.url()).pathname.split('/')[3] ?? ''
  await page.getByTestId('progress').getByRole('progressbar').waitFor(patience)
  await page.getByRole('table', { name: 'Repos in work' }).waitFor(patience)
  await page.getByTestId('toast').getByRole('button', { name: 'Dismiss' }).click()
  await take(page, 'overview-syncing')
  await ended(page, 'Completed')
})

test('others are connected with the App', async () => {
  const page = await opened(`${wizard}&method=github_app`, 'data-testid=retrieve-orgs')
  await take(page, 'wizard-app-3-connect')
  const gitHub = await windowOf(page, () => page.getByTestId('retrieve-orgs').click())
  await Promise.all([gitHub.waitForEvent('close'), answer(gitHub, 'tributary-service', 'Authorize')])
  await page.getByText(/^Retrieved \d+ organizations? as /).waitFor()
  await page.getByTestId('next').click()
  await page.getByTestId('org-globex').getByRole('checkbox').check()
  await take(page, 'wizard-app-4-organizations')
  await page.getByTestId('next').click()
  await page.getByTestId('service-tickets').waitFor()
  await page.getByTestId('next').click()
  await page.getByTestId('done').waitFor()
  await take(page, 'wizard-app-6-confirm')
  await page.getByTestId('done').click()
  await page.getByTestId('created-globex').getByText('Ready').waitFor(patience)
  await take(page, 'wizard-app-7-progress')
})

test('an integration that works, and in which something fails', async () => {
  const { items } = await send<{ items: { organization_id: number }[] }>('GET', `/integrations/${acme}/webhooks`)
  await send('PUT', `/integrations/${acme}/webhooks`, { organization_id: items[0]?.organization_id, enabled: true })
  for (const [name, role] of [['Grafana', 'viewer'], ['Reports', 'viewer'], ['Terraform', 'admin']]) await send('POST', '/tokens', { name, role })
  await stage('bustle')
  await stage('fail')
  await send('POST', `/integrations/${acme}/syncs`)
  await expect.poll(async () => (await send<{ items: { ended_at?: string }[] }>('GET', `/integrations/${acme}/syncs?trigger=manual&limit=1`)).items[0]?.ended_at, patience).toBeTruthy()
  for (const [name, path, there, steps] of tabs) {
    const page = await opened(`/settings/integrations/${acme}/${path}`, there)
    await steps?.(page)
    await take(page, name)
    await page.close()
  }
})

test('the pages of the installation', async () => {
  for (const [name, path, there] of pages) {
    const page = await opened(path, there)
    await take(page, name)
    await page.close()
  }
  const page = await newPage()
  await page.route('**/api/v1/integrations*', (route) => route.fulfill({ status: 503, json: { code: 'database_unavailable' } }))
  await page.goto('/settings/integrations')
  await page.getByTestId('error-panel').waitFor(patience)
  await take(page, 'error')
})
