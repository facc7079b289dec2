import { expect, test } from 'vitest'
import { answer, windowOf } from './github'
import { accessible, act, newPage, picture, useBrowser } from './stage'

interface World { login: string; installed: string[]; suspended: string; raced: string; later: string }

useBrowser()

test('the organizations of the App become an integration each', async () => {
  const world = await act<World>('world')
  const page = await newPage()
  await page.goto('/settings/integrations/new?provider=github_cloud&method=github_app')
  const retrieve = page.getByRole('button', { name: 'Retrieve organizations via OAuth', exact: true })
  await retrieve.waitFor()
  await accessible(page)
  await picture(page, 'wizard-3-app')
  const gitHub = await windowOf(page, () => retrieve.click())
  await Promise.all([gitHub.waitForEvent('close'), answer(gitHub, world.login, 'Authorize')])
  await page.getByText(/^Retrieved \d+ organizations as /).waitFor()
  await picture(page, 'wizard-3-app-connected')
  await page.getByTestId('next').click()

  await page.getByRole('heading', { level: 1, name: 'Step 4 of 6: Organizations' }).waitFor()
  const box = (login: string) => page.getByTestId(`org-${login}`).getByRole('checkbox')
  expect(await page.getByTestId('next').getAttribute('aria-disabled')).toBe('true')
  await page.getByTestId(`org-${world.suspended}`).getByText('App suspended').waitFor()
  await page.getByTestId('select-all').check()
  expect(await box(world.suspended).isChecked()).toBe(false)
  await page.getByTestId('missing-org').click()
  await page.getByRole('link', { name: 'Install the app on another organization' }).waitFor()
  await accessible(page)
  await picture(page, 'wizard-4-organizations')

  await act('install')
  await page.getByTestId('check-again').click()
  await page.getByText('1 new organization found').waitFor()
  expect(await box(world.later).isChecked()).toBe(false)
  for (const login of [...world.installed, world.raced]) expect(await box(login).isChecked()).toBe(true)
  await page.reload()
  await page.getByTestId('org-list').waitFor()
  for (const login of [...world.installed, world.raced]) expect(await box(login).isChecked()).toBe(true)
  for (const extra of await page.getByRole('checkbox', { checked: true }).all()) {
    const label = (await extra.evaluate((e) => (e as HTMLInputElement).labels?.[0]?.textContent)) ?? ''
    if (label !== 'Select all available' && ![...world.installed, world.raced].includes(label)) await extra.uncheck()
  }
  await page.getByTestId('next').click()
  await page.getByRole('heading', { level: 1, name: 'Step 5 of 6: Services' }).waitFor()
  await page.getByTestId('next').click()

  await page.getByRole('heading', { level: 1, name: 'Step 6 of 6: Confirm' }).waitFor()
  await page.getByText('3 organizations will become 3 integrations.').waitFor()
  await accessible(page)
  await picture(page, 'wizard-6-confirm')
  await act('race') // somebody else connects one of them
  await page.getByTestId('done').click()
  await page.getByText(new RegExp(`^${world.raced} was just connected`)).waitFor()
  await page.getByText('2 organizations will become 2 integrations.').waitFor()
  await accessible(page)
  await picture(page, 'wizard-6-raced')
  await page.getByTestId('done').click()

  await page.getByTestId('progress').waitFor()
  for (const login of world.installed) await page.getByTestId(`created-${login}`).getByText(/Ready/).waitFor({ timeout: 60_000 })
  await accessible(page)
  await picture(page, 'wizard-7-progress')
  await page.reload()
  await page.getByTestId(`created-${world.installed[0]}`).getByText('visible').waitFor()
  await page.getByRole('link', { name: 'Go to integrations' }).click()
  for (const login of world.installed) await page.getByRole('link', { name: login, exact: true }).waitFor()
  const created = await act<{ name: string; organizations: string[] }[]>('integrations')
  for (const login of world.installed) expect(created.find((i) => i.name === login)?.organizations).toEqual([login])
})

test('an account that sees no installation is told both causes', async () => {
  const { login } = await act<{ login: string }>('nobody')
  const page = await newPage()
  await page.goto('/settings/integrations/new?provider=github_cloud&method=github_app')
  const gitHub = await windowOf(page, () => page.getByTestId('retrieve-orgs').click())
  await Promise.all([gitHub.waitForEvent('close'), answer(gitHub, login, 'Authorize')])
  await page.getByTestId('next').click()
  await page.getByText("The app isn't installed on any organization you can see.").waitFor()
  await accessible(page)
  await picture(page, 'wizard-4-organizations-empty')
})
