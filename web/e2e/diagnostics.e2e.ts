import { expect, test } from 'vitest'
import { expectAccessible, newPage, picture, setting, stage, useBrowser, visit } from './browser'

useBrowser()

const ids = await stage<{ read: string; unread: string }>('integrations')
const diagnostics = `/settings/integrations/${ids.read}/diagnostics`

test('checks that were never made are made, and all is fine', () => visit(`/settings/integrations/${ids.unread}/overview`, async (page) => {
  await page.getByRole('tab', { name: 'Diagnostics' }).click()
  await page.getByRole('heading', { name: 'Not run yet' }).waitFor()
  await expectAccessible(page)
  await page.getByTestId('run-checks').click()
  await page.getByText(/^Everything checked is fine \(\d+ checks, (just now|\d+ s ago)\)$/).waitFor()
  const credential = page.getByRole('region', { name: 'Credential' }).getByTestId('check').first()
  await credential.getByText('Pass').waitFor()
  await credential.getByText('GET /user').waitFor()
  await page.getByRole('region', { name: 'What is known to be missing' }).getByText('Nothing.').waitFor()
  await expectAccessible(page)
  await picture(page, 'diagnostics')
}))

test('a repo that is lost and a token that is revoked are found, with what to do', async () => {
  await visit(diagnostics, async (page) => {
    await page.getByTestId('run-checks').click()
    await page.getByText(/^1 check warns \(\d+ checks, /).waitFor()
    await page.getByRole('region', { name: 'What is known to be missing' }).getByText('golden/web').waitFor()
    await expectAccessible(page)
  })
  await stage('revoke')
  await visit(diagnostics, async (page) => {
    await page.getByTestId('run-checks').click()
    const check = page.getByRole('region', { name: 'Credential' }).getByTestId('check')
    await check.getByText('Fail').waitFor()
    await check.getByText('What to do:').waitFor()
    await check.getByText('You can do this.').waitFor()
    await check.getByText('with 401').waitFor()
    await page.getByText(/^\d+ checks failed/).first().waitFor()
    await expectAccessible(page)
    await picture(page, 'diagnostics-failed')
  })
})

test('the report is copied as Markdown', async () => {
  const page = await newPage({ permissions: ['clipboard-read', 'clipboard-write'] })
  await page.goto(diagnostics)
  await page.getByRole('button', { name: 'Copy report for support' }).click()
  await page.getByRole('button', { name: 'Copied' }).waitFor()
  const report = await page.evaluate(() => navigator.clipboard.readText())
  expect(report).toContain('# Diagnostics of golden')
  expect(report).toContain('  - Code: token_invalid')
  expect(report).not.toContain('?')
})

test('who may only look sees what was found', () => visit(diagnostics, async (page) => {
  await page.getByLabel('API token').fill(setting('VIEWER_TOKEN'))
  await page.keyboard.press('Enter')
  await page.getByTestId('check').first().waitFor()
  expect(await page.getByTestId('run-checks').getAttribute('aria-disabled')).toBe('true')
  await expectAccessible(page)
}, setting('CLOSED_UI')))
