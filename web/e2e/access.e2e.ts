import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { expectAccessible, newPage, picture, setting, stage, useBrowser } from './browser'

useBrowser()

async function signedIn(token: string, path: string): Promise<Page> {
  const page = await newPage({ baseURL: setting('CLOSED_UI') })
  await page.goto(path)
  await page.getByLabel('API token').fill(token)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('navigation', { name: 'Main' }).waitFor()
  return page
}

test('an admin makes a token, which is shown once, and revokes it; the audit log has all of it', async () => {
  const page = await signedIn(setting('API_TOKEN'), '/settings/tokens')
  await page.getByTestId('empty').waitFor()
  await page.getByTestId('new-token').click()
  await page.getByLabel('Name').fill('grafana')
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Create token' }).click()
  const made = page.getByTestId('made-token')
  const token = await made.locator('pre').innerText()
  await expectAccessible(page)
  await made.getByRole('button', { name: 'Done' }).click()
  await expect.poll(() => page.getByTestId('new-token').evaluate((button) => button === document.activeElement)).toBe(true)
  const row = page.getByTestId('tokens').getByRole('row').filter({ hasText: 'grafana' })
  await row.getByText('Usable').waitFor()
  expect(await page.content()).not.toContain(token)
  await expectAccessible(page)

  const viewer = await signedIn(token, '/settings/tokens')
  await viewer.getByTestId('error-panel').getByText('The role does not allow this').waitFor()
  expect(await viewer.getByRole('link', { name: 'Audit log' }).count()).toBe(0)
  await expectAccessible(viewer)

  await page.getByTestId('new-token').click()
  await page.getByLabel('Name').fill('grafana')
  await page.getByRole('button', { name: 'Create token' }).click()
  await page.getByTestId('error-panel').getByText('Another API token that is not revoked has this name.').waitFor()
  await page.getByRole('button', { name: 'Cancel' }).click()

  await row.getByRole('button', { name: 'Revoke… grafana' }).click()
  await expectAccessible(page)
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await row.getByText('Revoked').waitFor()
  await picture(page, 'tokens')
  expect(await stage('tokens')).toEqual([{ name: 'grafana', role: 'viewer', state: 'revoked' }])
  await viewer.reload()
  await viewer.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor()

  await page.getByRole('link', { name: 'Audit log' }).click()
  const log = page.getByTestId('audit-log').getByRole('row')
  await log.filter({ hasText: 'Revoke token' }).filter({ hasText: 'Done' }).waitFor()
  await log.filter({ hasText: 'Create token' }).filter({ hasText: 'name_taken' }).waitFor()
  expect(await log.filter({ hasText: 'Sign in' }).filter({ hasText: 'grafana' }).count()).toBe(1)
  await expectAccessible(page)
  await picture(page, 'audit-log')
})

test('the API is read about without another site', async () => {
  const page = await newPage()
  await page.goto('/settings/api-reference')
  await page.getByTestId('operation').first().waitFor()
  await page.getByLabel('Search').fill('delete tokens')
  const operation = page.getByTestId('operation')
  await expect.poll(() => operation.count()).toBe(1)
  expect(new URL(page.url()).searchParams.get('q')).toBe('delete tokens')
  await operation.locator('summary').click()
  await operation.getByText('last_admin').waitFor()
  await expectAccessible(page)
  await page.goto('/settings/api-reference#list-integrations')
  const opened = page.locator('#list-integrations')
  await opened.getByText('Members of items').click()
  await opened.getByText('complete_through', { exact: true }).first().waitFor()
  await expectAccessible(page)
  await picture(page, 'api-reference')
})
