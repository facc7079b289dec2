import { expect, test } from 'vitest'
import { expectAccessible, setting, stage, useBrowser, visit } from './browser'

useBrowser()

test('nothing is connected: the first thing to do is offered', () => visit('/', async (page) => {
  await page.getByRole('heading', { name: 'Connect GitHub to start' }).waitFor()
  expect(new URL(page.url()).pathname).toBe('/settings/integrations')
  expect(await page.title()).toBe('Integrations – Tributary')
  await expectAccessible(page)
}))

test('a closed installation asks for a token, and takes it back', () => visit('/settings/repos', async (page) => {
  await page.getByLabel('API token').fill('not-a-token-of-this-installation')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('The token is not known here').waitFor()
  await expectAccessible(page)
  await page.getByLabel('API token').fill(setting('API_TOKEN'))
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'Repos' }).waitFor()
  expect(await page.evaluate((token) => JSON.stringify({ ...localStorage, ...sessionStorage }).includes(token), setting('API_TOKEN'))).toBe(false)
  await page.evaluate(() => sessionStorage.setItem('tributary.wizard', '{"name":"of somebody"}'))
  await page.getByTestId('account').click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor()
  expect(await page.evaluate(() => sessionStorage.getItem('tributary.wizard'))).toBeNull()
}, setting('CLOSED_UI')))

test('that no worker runs is told of above everything', () => visit('/settings/integrations', async (page) => {
  await page.getByTestId('worker_down').getByText('Syncing is not running. Your data is safe; ask your operator').waitFor()
  await expectAccessible(page)
}, setting('IDLE_UI')))

test('the integration is listed, paused, resumed and opened', async () => {
  await stage('connect')
  await visit('/', async (page) => {
    const row = page.getByTestId('integration')
    await row.getByText('Healthy').waitFor()
    await row.getByText('8 / 8').waitFor()
    await expectAccessible(page)
    const act = async (name: string) => {
      await row.getByRole('button', { name: 'Actions for golden' }).click()
      await page.getByRole('menuitem', { name }).click()
    }
    await page.route('**/pause', (route) => route.fulfill({ status: 503, json: {} }), { times: 1 })
    await act('Pause')
    await page.getByRole('alert').getByText(/^golden: /).waitFor()
    await page.getByRole('button', { name: 'Dismiss' }).click()
    await act('Pause')
    await row.getByText('Paused').waitFor()
    await act('Resume')
    await row.getByText('Healthy').waitFor()

    await page.getByLabel('Search').fill('nothing like it')
    await page.getByText('No integration matches').waitFor()
    expect(new URL(page.url()).searchParams.get('q')).toBe('nothing like it')
    await page.getByRole('button', { name: 'Clear' }).click()

    await page.getByRole('link', { name: 'golden', exact: true }).click()
    const heading = page.getByRole('heading', { level: 1, name: 'golden' })
    await heading.waitFor()
    expect(await heading.evaluate((h1) => h1 === document.activeElement)).toBe(true)
    expect(await page.title()).toBe('Overview – golden – Integrations – Tributary')
    await page.getByRole('region', { name: 'Latest syncs' }).getByText('Completed').first().waitFor()
    await expectAccessible(page)
  })
})

test('a name is changed where it stands, and deleting wants it typed', () => visit('/settings/integrations', async (page) => {
  await page.getByRole('link', { name: 'golden', exact: true }).click()
  await page.getByRole('button', { name: 'Change the name' }).click()
  await page.getByLabel('New name').fill('Golden GitHub')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'Golden GitHub' }).waitFor()
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Delete…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('8 imported repos').waitFor()
  expect(await dialog.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true)
  await expectAccessible(page)
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
}))

test('repos are ignored, taken back and excluded by rules that show what they would do', () => visit('/settings/integrations', async (page) => {
  await page.getByRole('link', { name: 'Golden GitHub' }).click()
  await page.getByRole('tab', { name: 'Overview' }).focus()
  await page.keyboard.press('ArrowRight')
  await page.getByText('8 visible · 8 imported').waitFor()
  const address = () => new URL(page.url())
  await expect.poll(() => address().searchParams.get('view')).toBe('imported') // decided once, whatever is imported later
  await page.goBack()
  await expect.poll(() => address().pathname).toMatch(/\/overview$/)
  await page.goForward()
  await expectAccessible(page)

  await page.getByLabel('Select golden/attic').check()
  await page.getByRole('button', { name: 'Select all 8 repos of this view' }).click()
  await page.getByTestId('bulk').getByText('8 repos selected').waitFor()
  await page.getByLabel('Archived').selectOption('Not archived')
  await page.getByRole('button', { name: 'Imported 7' }).waitFor()
  await page.getByTestId('bulk').getByText('1 repo selected').waitFor() // all of one filter are not all of another
  await page.getByLabel('Archived').selectOption('Any')
  await page.getByRole('button', { name: 'Clear selection' }).click()

  await page.getByLabel('Select golden/attic').check()
  await page.getByLabel('Select golden/copy').check()
  await page.getByTestId('bulk').getByText('2 repos selected').waitFor()
  await expectAccessible(page)
  await page.getByTestId('bulk').getByRole('button', { name: 'Ignore' }).click()
  await page.getByRole('button', { name: 'Ignored 2' }).click()
  await page.getByRole('button', { name: 'Actions for golden/attic' }).click()
  await page.getByRole('menuitem', { name: 'Stop ignoring' }).click()
  await page.getByRole('button', { name: 'Ignored 1' }).waitFor()

  await page.getByTestId('exclusion-rules').click()
  await page.getByRole('button', { name: 'Add rule' }).click()
  await page.getByLabel('Text').fill('secret')
  await page.getByTestId('preview').getByText('would exclude 1 of').waitFor()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Save rules' }).click()
  await page.getByRole('button', { name: 'Excluded 1' }).click()
  await page.getByTestId('repository').getByText('golden/secret').waitFor()

  await page.getByRole('button', { name: "Can't see a group?" }).click()
  await page.getByRole('heading', { name: '1. Permissions' }).waitFor()
  await page.getByRole('heading', { name: '2. Organization access' }).waitFor()
  await expectAccessible(page)
}))

test('what the wizard asked of the API is understood where a group is missing', () => visit('/settings/integrations/new', async (page) => {
  await page.getByRole('radio', { name: 'GitHub Cloud' }).waitFor()
  await page.getByRole('link', { name: 'Cancel' }).click()
  await page.getByRole('link', { name: 'Golden GitHub' }).click()
  await page.getByRole('tab', { name: 'Repos' }).click()
  await page.getByRole('button', { name: "Can't see a group?" }).click()
  await page.getByRole('heading', { name: '1. Permissions' }).waitFor()
}))

test('an integration that goes away while it is shown is told so', () => visit('/settings/integrations', async (page) => {
  await page.getByRole('link', { name: 'Golden GitHub' }).click()
  await page.getByRole('heading', { level: 1, name: 'Golden GitHub' }).waitFor()
  await page.route(/\/api\/v1\/integrations\/[^/]+$/, (route) => route.fulfill({ status: 404, json: {} }))
  await page.getByRole('heading', { level: 1, name: "This integration was deleted or you don't have access" }).waitFor()
  await expectAccessible(page)
}))

test('the repos of all integrations are listed, and the address holds the view', () => visit('/settings/repos?view=excluded', async (page) => {
  await page.getByTestId('repository').getByText('golden/secret').waitFor()
  await page.getByRole('button', { name: /^Imported/ }).click()
  await page.getByLabel('Archived').selectOption('Only archived')
  await page.getByTestId('repository').getByText('golden/attic').waitFor()
  await expect.poll(() => page.getByTestId('repository').count()).toBe(1)
  await expectAccessible(page)
  await page.reload()
  await page.getByTestId('repository').getByText('golden/attic').waitFor()
  expect(await page.getByLabel('Archived').inputValue()).toBe('true')
}))

test('an address without a page says so', () => visit('/no/such/page', async (page) => {
  await page.getByRole('heading', { level: 1, name: 'There is nothing here' }).waitFor()
  await expectAccessible(page)
}))
