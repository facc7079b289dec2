import { expect, test } from 'vitest'
import { answer, windowOf } from './github'
import { expectAccessible, stage, newPage, picture, useBrowser } from './browser'

interface World { login: string; other: string; open: string; restricted: string; owned: string }

const connect = '/settings/integrations/new?provider=github_cloud&method=oauth'

useBrowser()

test('the window is cancelled, denied, allowed, and leads on to an integration', async () => {
  const world = await stage<World>('world')
  const page = await newPage()
  await page.goto(connect)
  await page.getByRole('heading', { level: 1, name: 'Step 3 of 5: Connect' }).waitFor()
  const button = page.getByRole('button', { name: 'Connect to GitHub', exact: true })
  await button.waitFor()
  await expectAccessible(page)
  await picture(page, 'wizard-3-oauth')

  let gitHub = await windowOf(page, () => button.click())
  await page.getByText('A GitHub window is open').waitFor()
  await expectAccessible(page)
  await picture(page, 'wizard-3-oauth-waiting')
  await page.reload() // the wait goes on
  await page.getByText('Waiting for GitHub…').waitFor()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await button.waitFor()
  expect(new URL(page.url()).searchParams.get('connection')).toBeNull()
  await gitHub.close()

  gitHub = await windowOf(page, () => button.click())
  await answer(gitHub, world.login, 'Cancel')
  await page.getByText('GitHub says access was denied').waitFor()
  await gitHub.getByRole('alert').waitFor()
  await expectAccessible(gitHub)
  await picture(gitHub, 'callback-denied')
  await expectAccessible(page)
  await picture(page, 'wizard-3-oauth-denied')
  await Promise.all([gitHub.waitForEvent('close'), gitHub.getByRole('button', { name: 'Close this window' }).click()])

  gitHub = await windowOf(page, () => button.click())
  await Promise.all([gitHub.waitForEvent('close'), answer(gitHub, world.other, 'Authorize')])
  await page.getByText(`Successfully connected via ${world.other}`, { exact: true }).waitFor()

  // The wrong one: GitHub asks which account is meant, although somebody is signed in.
  gitHub = await windowOf(page, () => page.getByTestId('other-account').click())
  await Promise.all([gitHub.waitForEvent('close'), answer(gitHub, world.login, 'Authorize')])
  await page.getByText(`Successfully connected via ${world.login}`, { exact: true }).waitFor()
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('next')
  const restricted = page.getByTestId(`org-${world.restricted}`)
  await restricted.getByText('Awaiting approval in GitHub').waitFor()
  await restricted.getByText('Request').first().waitFor()
  await page.getByTestId(`org-${world.owned}`).getByText('Grant').first().waitFor()
  await page.getByText('No Grant or Request button').click()
  await page.getByRole('link', { name: `Third-party access of ${world.owned}` }).waitFor()
  await expectAccessible(page)
  await picture(page, 'wizard-3-oauth-connected')

  await stage('approve')
  await page.getByTestId('check-again').click()
  await page.getByText('1 more organization can be chosen now').waitFor()
  await page.getByTestId('next').click()
  await page.getByRole('heading', { level: 1, name: 'Step 4 of 5: Services' }).waitFor()
  await page.getByTestId('next').click()
  await page.getByTestId('create').click()
  await page.waitForURL(/\/settings\/integrations\/[0-9a-f-]{36}/)
  const created = await stage<{ name: string; organizations: string[] }[]>('integrations')
  expect(created.find((i) => i.name === `GitHub – ${world.login}`)?.organizations.sort()).toEqual([world.open, world.owned].sort())
})

test('where the window is blocked, the way is through this tab and back to the same step', async () => {
  const world = await stage<World>('world')
  const page = await newPage()
  await page.addInitScript(() => { window.open = () => null }) // as browsers answer a page that may open none
  await page.goto(connect)
  await page.getByTestId('connect-github').click()
  await page.getByText('Your browser blocked the pop-up').waitFor()
  await expectAccessible(page)
  await picture(page, 'wizard-3-oauth-blocked')
  await page.getByRole('button', { name: 'Continue in this tab' }).click()
  await answer(page, world.login, 'Cancel')
  await page.getByRole('heading', { level: 1, name: 'Step 3 of 5: Connect' }).waitFor()
  await page.getByText('GitHub says access was denied').waitFor()

  await page.getByTestId('connect-github').click()
  await page.getByRole('button', { name: 'Continue in this tab' }).click() // who has agreed before is not asked again
  await page.getByText(`Successfully connected via ${world.login}`, { exact: true }).waitFor()
  await page.getByRole('heading', { level: 1, name: 'Step 3 of 5: Connect' }).waitFor()
})

test('a way back that is used up leads to the beginning of the same way', async () => {
  const page = await newPage()
  await page.goto('/api/v1/connections/github/oauth/callback?state=used&code=used')
  await page.getByRole('alert').waitFor()
  await expectAccessible(page)
  await picture(page, 'callback-expired')
  await page.getByRole('link', { name: 'start again here' }).click()
  await page.waitForURL(/settings\/integrations\/new/)
})
