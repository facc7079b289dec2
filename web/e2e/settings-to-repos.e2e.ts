import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { answer, windowOf } from './github'
import { newPage, stage, useBrowser } from './browser'

interface World { login: string; organization: string; installed: string }
type Role = Parameters<Page['getByRole']>[0]

useBrowser()

const named = (inside: Page | Locator, role: Role, name: string) => inside.getByRole(role, { name, exact: true })
const click = (inside: Page | Locator, role: Role, name: string) => named(inside, role, name).click()
const current = (link: Locator) => link.getAttribute('aria-current')
const step = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor()

/** L18 to L22 of the page that the product follows: what it says to click, by what that is called. */
async function chooseMethod(page: Page, method: string) {
  await page.goto('/settings/api-reference')
  await click(named(page, 'navigation', 'Main'), 'link', 'Settings')

  const settings = named(page, 'navigation', 'Settings')
  const group = named(settings, 'list', 'Integrations')
  const [integrations, repos] = [named(group, 'link', 'Integrations'), named(group, 'link', 'Repos')]
  await repos.click()
  await step(page, 'Repos')
  expect([await current(integrations), await current(repos)]).toEqual([null, 'page'])
  await integrations.click()
  await step(page, 'Integrations')
  expect([await current(integrations), await current(repos)]).toEqual(['page', null])

  await named(page, 'link', 'Add integration').first().click() // the second is where nothing is connected yet
  await step(page, 'Step 1 of 5')
  await named(named(page, 'group', 'Integration Provider'), 'radio', 'GitHub Cloud').check()
  await click(page, 'button', 'Next')

  await step(page, 'Step 2 of 5')
  const ways = await named(page, 'group', 'How do you want to connect?').ariaSnapshot()
  expect([...ways.matchAll(/radio "([^"]+)"/g)].map(([, name]) => name)).toEqual(['GitHub App – Tributary Recommended', 'OAuth', 'Personal access token'])
  await named(page, 'button', 'Next').press('Enter')
  await step(page, 'Step 2 of 5') // nothing is chosen yet
  await page.getByRole('radio', { name: method }).check()
  await click(page, 'button', 'Next')
  await page.getByRole('heading', { level: 1, name: 'Step 3' }).waitFor()
  await page.goBack()
  await page.getByRole('radio', { name: method, checked: true }).waitFor() // it is in the address
  await page.goForward()
}

async function authorize(page: Page, button: string, login: string) {
  const gitHub = await windowOf(page, () => click(page, 'button', button))
  await Promise.all([gitHub.waitForEvent('close'), answer(gitHub, login, 'Authorize')])
  await page.getByText(`Signed in as ${login}`).waitFor()
  await click(page, 'button', 'Next')
}

async function expectRepos(page: Page, organization: string) {
  await page.getByRole('table', { name: `Repos of ${organization}` }).getByRole('link', { name: `${organization}/api` }).waitFor()
}

test('from Settings through OAuth to the repos of one integration', async () => {
  const { login, organization } = await stage<World>('world')
  const page = await newPage()
  await chooseMethod(page, 'OAuth')
  await authorize(page, 'Connect to GitHub', login)
  await step(page, 'Step 4 of 5')
  await click(page, 'button', 'Next')
  await step(page, 'Step 5 of 5')
  await page.getByRole('textbox', { name: 'Name' }).fill('By its names')
  await click(page, 'button', 'Create')
  await step(page, 'By its names')
  await click(page, 'tab', 'Repos')
  await expectRepos(page, organization)
})

test('from Settings through the GitHub App to the repos of an integration for each organization', async () => {
  const { login, installed } = await stage<World>('world')
  await stage('join')
  const page = await newPage()
  await chooseMethod(page, 'GitHub App')
  await authorize(page, 'Retrieve organizations via OAuth', login)
  await step(page, 'Step 4 of 6')
  await named(page, 'checkbox', installed).check()
  await click(page, 'button', 'Next')
  await step(page, 'Step 5 of 6')
  await click(page, 'button', 'Next')
  await step(page, 'Step 6 of 6')
  await click(page, 'button', 'Done')
  await click(page, 'link', `Check repos ${installed}`)
  await step(page, installed)
  await expectRepos(page, installed)
})
