import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { answer, windowOf } from './github'
import { expectAccessible, newPage, picture, stage, useBrowser, visit } from './browser'

interface World { organization: string; login: string }

const name = 'Tributary manifest'

useBrowser()

/** Confirms on GitHub's page for new Apps, as somebody. */
async function confirm(page: Page, login: string) {
  await page.getByRole('heading', { name: /Create GitHub App for/ }).waitFor()
  await page.getByLabel('Account').selectOption(login)
  await page.getByRole('button', { name: /Create GitHub App for/ }).click()
}

test('the way to GitHub is on the page of the App, and explains itself', () => visit('/settings/github-app', async (page) => {
  await page.getByRole('heading', { level: 2, name: 'Create the GitHub App' }).waitFor()
  expect(await page.title()).toBe('GitHub App – Settings – Tributary')
  expect(await page.getByRole('link', { name: 'GitHub App', exact: true }).getAttribute('aria-current')).toBe('page')
  await page.getByTestId('app-permissions').getByText('contents: read').waitFor()
  await expectAccessible(page)
  await picture(page, 'github-app-create')
  await page.getByTestId('continue-on-github').click()
  await page.getByText('Enter the name of the organization.').waitFor()
  await page.getByLabel('Organization', { exact: true }).fill('no organization')
  await page.getByText('Names of organizations have letters').waitFor()
  await expectAccessible(page)
}))

test('it leads through GitHub back to the page, which shows the App and forgets it', async () => {
  const world = await stage<World>('world')
  const page = await newPage()
  await page.goto('/settings/github-app')
  await page.getByLabel('Organization', { exact: true }).fill(world.organization)
  await page.getByTestId('continue-on-github').click()
  await confirm(page, world.login)
  await page.waitForURL(/\/settings\/github-app$/)
  const app = page.getByTestId('github-app')
  await app.getByRole('heading', { name }).waitFor()
  expect(await app.getByRole('link', { name: /tributary-manifest/ }).getAttribute('href')).toMatch(/\/apps\/tributary-manifest$/)
  await app.getByText(world.organization, { exact: true }).waitFor()
  await app.getByRole('button', { name: 'Check again' }).click()
  await app.getByText('Checked: it can be used').waitFor()
  await expectAccessible(page)
  await picture(page, 'github-app')

  // One that is there already is not made twice.
  await page.goto('/settings/integrations/new?provider=github_cloud&step=method')
  await page.getByTestId('method-github_app').waitFor()
  expect(await page.getByTestId('create-github-app').count()).toBe(0)

  await page.goto('/settings/github-app')
  await page.getByTestId('forget-github-app').click()
  const dialog = page.getByRole('dialog', { name: `Forget ${name}?` })
  await dialog.getByText('Nobody can connect with the GitHub App').waitFor()
  await expectAccessible(page)
  await picture(page, 'github-app-forget')
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('forget-github-app')
  await page.getByTestId('forget-github-app').click()
  await dialog.getByRole('button', { name: 'Forget the App' }).click()
  await page.getByRole('heading', { level: 2, name: 'Create the GitHub App' }).waitFor()
  // The API believes for some seconds that an App is there.
  await expect.poll(async () => ((await (await page.request.get('/api/v1/github-app')).json()) as { configured: boolean }).configured, { timeout: 30_000 }).toBe(false)
})

test('in the wizard it is created, and used at once', async () => {
  const world = await stage<World>('world')
  const page = await newPage()
  await page.goto('/settings/integrations/new?provider=github_cloud&step=method')
  await page.getByText('Not set up here.').first().waitFor()
  await expectAccessible(page)
  await picture(page, 'github-app-wizard-method')
  await page.getByTestId('create-github-app').click()
  const dialog = page.getByRole('dialog', { name: 'Create the GitHub App' })
  await dialog.getByLabel('Organization', { exact: true }).fill(world.organization)
  await expectAccessible(page)
  await picture(page, 'github-app-wizard-create')
  await dialog.getByTestId('continue-on-github').click()
  // The name of the one that was forgotten is still taken at GitHub.
  await page.getByRole('heading', { name: /Create GitHub App for/ }).waitFor()
  await page.getByLabel('GitHub App name').fill('Tributary manifest two')
  await confirm(page, world.login)
  await page.getByRole('heading', { level: 1, name: 'Step 3 of 6: Connect' }).waitFor()
  await stage('install')

  const gitHub = await windowOf(page, () => page.getByRole('button', { name: 'Retrieve organizations via OAuth', exact: true }).click())
  await Promise.all([gitHub.waitForEvent('close'), answer(gitHub, world.login, 'Authorize')])
  await page.getByText('Retrieved 1 organization as').waitFor()
  await page.getByTestId('next').click()
  await page.getByTestId(`org-${world.organization}`).getByRole('checkbox').check()
  await page.getByTestId('next').click()
  await page.getByTestId('next').click()
  await page.getByTestId('done').click()
  await page.getByTestId(`created-${world.organization}`).getByText('Ready').waitFor()
})

test('while an integration reads through it, it is not forgotten, and says what to do', () => visit('/settings/github-app', async (page) => {
  await page.getByTestId('forget-github-app').click()
  await page.getByRole('button', { name: 'Forget the App' }).click()
  const refusal = page.getByRole('alert').filter({ hasText: 'The GitHub App was not forgotten' })
  await refusal.getByText('Delete these integrations, or connect them in another way.').waitFor()
  await expectAccessible(page)
}))

test('a way back that is used up leads to where people left', async () => {
  const page = await newPage()
  await page.goto('/api/v1/github-app/callback?state=used&code=used')
  await page.getByRole('alert').waitFor()
  await expectAccessible(page)
  await page.getByRole('link', { name: 'start again here' }).click()
  await page.getByRole('heading', { level: 1, name: 'Step 3 of 6: Connect' }).waitFor()
})
