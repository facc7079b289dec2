import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { answer, windowOf } from './github'
import { expectAccessible, newPage, picture, setting, stage, useBrowser, visit } from './browser'

interface World { organization: string; owner: string; member: string; memberToken: string }

useBrowser()

const open = async (page: Page, name: string) => {
  await page.getByRole('link', { name, exact: true }).click()
  await page.getByRole('tab', { name: 'Settings' }).click()
  await page.getByTestId('credential').getByText('Works').waitFor()
}

test('the name is changed, and the menu of the list leads to the credential', async () => {
  const world = await stage<World>('world')
  await stage('connect')
  await visit('/settings/integrations', async (page) => {
    await open(page, world.organization)
    expect(await page.title()).toBe(`Settings – ${world.organization} – Integrations – Tributary`)
    await page.getByTestId('credential').getByText(world.owner).waitFor()
    await expectAccessible(page)
    await picture(page, 'settings')
    await page.getByRole('textbox', { name: 'Name' }).fill('Kept')
    await page.getByRole('button', { name: 'Save name' }).click()
    await page.getByRole('heading', { level: 1, name: 'Kept' }).waitFor()
    await page.getByRole('link', { name: 'Integrations', exact: true }).first().click()
    await page.getByRole('button', { name: 'Actions for Kept' }).click()
    await page.getByRole('menuitem', { name: 'Replace credential' }).click()
    await page.getByTestId('replacement').waitFor()
    expect(await page.getByTestId('method-personal_access_token').isChecked()).toBe(true)
    await expectAccessible(page)
    await picture(page, 'settings-replace')
  })
})

test('a token that reads less is compared by repository, and wants a confirmation', async () => {
  const world = await stage<World>('world')
  await visit('/settings/integrations', async (page) => {
    await open(page, 'Kept')
    await page.getByTestId('replace-credential').click()
    await page.getByTestId('pat').fill('ghp_notatoken')
    await page.getByTestId('test-connection').click()
    await page.getByRole('alert').getByText('The connection does not work yet').waitFor()
    await page.getByTestId('pat').fill(world.memberToken)
    await page.getByTestId('test-connection').click()
    const comparison = page.getByTestId('comparison')
    await comparison.getByTestId('lost').getByText(`${world.organization}/secret`).waitFor()
    await comparison.getByTestId('before-after').getByText(world.member).waitFor()
    await comparison.getByText('The credential belongs to another account').waitFor()
    expect(await page.getByTestId('confirm-replacement').getAttribute('aria-disabled')).toBe('true')
    await expectAccessible(page)
    await picture(page, 'settings-comparison')
    await page.reload() // only the typed token is lost
    await comparison.getByTestId('lost').getByText(`${world.organization}/secret`).waitFor()
    await page.getByTestId('compare-again').click()
    await comparison.getByText('Checked again').waitFor()
    await comparison.getByLabel('Replace it although less will be read').check()
    await page.getByTestId('confirm-replacement').click()
    await page.getByTestId('toast').getByText('Credential of Kept replaced').waitFor()
    await page.getByTestId('credential').getByText(world.member).waitFor()
    expect(new URL(page.url()).search).toBe('')
  })
})

test('another method: OAuth through this tab is left again, the GitHub App stays', async () => {
  const world = await stage<World>('world')
  const page = await newPage()
  await page.addInitScript(() => { if (!sessionStorage.getItem('allowed')) window.open = () => null }) // as browsers answer a page that may open none
  await page.goto('/settings/integrations')
  await open(page, 'Kept')
  await page.getByTestId('replace-credential').click()
  await page.getByTestId('method-oauth').check()
  await page.getByTestId('connect-github').click()
  await page.getByRole('button', { name: 'Continue in this tab' }).click()
  await answer(page, world.owner, 'Authorize')
  await page.getByTestId('comparison').getByTestId('before-after').getByText('OAuth').waitFor()
  expect(new URL(page.url()).pathname).toMatch(/\/settings\/integrations\/[0-9a-f-]{36}\/settings$/)
  await expectAccessible(page)
  await picture(page, 'settings-comparison-oauth')
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByTestId('replace-credential').waitFor()

  await page.evaluate(() => sessionStorage.setItem('allowed', 'yes'))
  await page.reload()
  await page.getByTestId('replace-credential').click()
  await page.getByTestId('method-github_app').check()
  const gitHub = await windowOf(page, () => page.getByTestId('retrieve-orgs').click())
  await Promise.all([gitHub.waitForEvent('close'), answer(gitHub, world.owner, 'Authorize')])
  await page.getByTestId('comparison').getByTestId('before-after').getByText('The App itself').waitFor()
  await expectAccessible(page)
  await picture(page, 'settings-comparison-app')
  await page.getByTestId('confirm-replacement').click()
  await page.getByTestId('toast').getByText('Credential of Kept replaced').waitFor()
  await page.getByTestId('credential').getByText('GitHub App').waitFor()
})

test('who may only look sees it all and is told why nothing can be changed', () => visit('/settings/integrations', async (page) => {
  await page.getByLabel('API token').fill(setting('VIEWER_TOKEN'))
  await page.keyboard.press('Enter')
  await open(page, 'Kept')
  for (const button of ['replace-credential', 'delete-integration']) expect(await page.getByTestId(button).getAttribute('aria-disabled')).toBe('true')
  expect(await page.getByRole('textbox', { name: 'Name' }).isEditable()).toBe(false)
  expect(await page.getByRole('link', { name: 'GitHub App', exact: true }).count()).toBe(0)
  await expectAccessible(page)
  await page.goto('/settings/github-app')
  await page.getByRole('heading', { level: 1, name: 'GitHub App' }).waitFor()
  await page.getByText('Your token may look, not change.').first().waitFor()
  await expectAccessible(page)
}, setting('VIEWER_UI')))

test('deleting counts what goes, wants the name, shows how far it is and leads to the list', () => visit('/settings/integrations', async (page) => {
  await open(page, 'Kept')
  await page.getByTestId('delete-integration').click()
  const dialog = page.getByRole('dialog', { name: 'Delete Kept?' })
  await dialog.getByText(/[1-9]\d* rows/).waitFor()
  await expectAccessible(page)
  await picture(page, 'settings-delete')
  await page.route('**/deletion', async (route) => { // so little is gone before anybody sees how far it is
    const told = await (await route.fetch()).json()
    await route.fulfill({ json: { ...told, step: 'rows', rows_total: 10, rows_deleted: 4 } })
  }, { times: 1 })
  await dialog.getByLabel('Type Kept to confirm').fill('Kept')
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await page.getByTestId('deleting').getByText('4 of 10 rows').waitFor()
  await page.waitForURL(/\/settings\/integrations$/)
  await page.getByTestId('toast').getByText('Deleted Kept').waitFor()
  await page.getByRole('heading', { name: 'Connect GitHub to start' }).waitFor()
}))
