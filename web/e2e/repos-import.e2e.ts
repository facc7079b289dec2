import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { expectAccessible, picture, stage, useBrowser, visit } from './browser'

interface Estimate { repositories: number; requests: number; graphql_points: number }

useBrowser()

const shown = (page: Page) => page.getByTestId('estimate')
const takes = ({ requests, graphql_points }: Estimate) => `${requests} requests and ${graphql_points} GraphQL points`

test('before repos are imported it is said what that takes, and those of a period are chosen at once', () => visit('/settings/integrations', async (page) => {
  const asked = page.waitForRequest((request) => request.url().includes('/estimate?') && request.url().includes('backfill_from='))
  await page.getByRole('link', { name: 'importing', exact: true }).click()
  await asked
  await page.getByRole('heading', { name: '9 repos found, none imported' }).waitFor()
  await shown(page).first().getByText(takes(await stage<Estimate>('estimate'))).waitFor()
  await shown(page).last().getByText(takes(await stage<Estimate>('estimateOfRecent'))).waitFor()
  await expectAccessible(page)
  await page.getByRole('tab', { name: 'Repos' }).click()
  await page.getByRole('button', { name: 'Available 9' }).waitFor()

  await page.getByLabel('Select importing/api').check()
  await page.getByTestId('bulk').getByText('1 repo selected').waitFor()
  expect(await shown(page).count()).toBe(0)
  await page.getByLabel('Select importing/web').check()
  await shown(page).getByText('No estimate of what importing these takes').waitFor()
  await expectAccessible(page)
  await picture(page, 'repos-no-estimate')

  await page.getByLabel('Search').fill('importing/')
  await expect.poll(() => new URL(page.url()).searchParams.get('q')).toBe('importing/')
  await page.getByRole('button', { name: 'Select all 9 repos of this view' }).click()
  await shown(page).getByText('No estimate').waitFor() // the API estimates no part of a name
  await page.getByLabel('Search').fill('')
  await page.getByTestId('bulk').getByText('2 repos selected').waitFor() // all of one filter are not all of another

  const all = page.getByLabel('Select all of Repos of importing')
  await all.check()
  const whole = await stage<Estimate>('estimate')
  expect(whole.repositories).toBe(9)
  await shown(page).getByText(takes(whole)).waitFor()
  await expectAccessible(page)
  await picture(page, 'repos-estimate')

  await page.getByLabel('Pushed within').selectOption('Last 90 days')
  await page.getByRole('button', { name: 'Available 8' }).waitFor()
  await page.getByRole('button', { name: 'Clear selection' }).click()
  await all.check()
  await page.getByTestId('bulk').getByText('8 repos selected').waitFor()
  const recent = await stage<Estimate>('estimateOfRecent')
  expect(recent.repositories).toBe(8)
  expect(takes(recent)).not.toBe(takes(whole))
  await shown(page).getByText(takes(recent)).waitFor()
  await page.getByTestId('bulk').getByRole('button', { name: 'Import' }).click()
  await page.getByTestId('toast').getByText('Importing 8 repos').waitFor()
  await page.getByLabel('Pushed within').selectOption('Any')
  await page.getByRole('button', { name: 'Available 1' }).waitFor()
  await page.getByTestId('repository').getByText('importing/dormant').waitFor()

  await page.getByRole('button', { name: 'Imported 8' }).click()
  const actions = page.getByRole('button', { name: 'Actions for importing/web' })
  await actions.click()
  await page.getByRole('menuitem', { name: 'Remove…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Remove importing/web?' })
  await dialog.getByLabel('Delete the data').check()
  await dialog.getByRole('button', { name: 'Remove and delete' }).waitFor()
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await dialog.waitFor({ state: 'hidden' }) // it fades, with the button that is looked for below
  await actions.click()
  await page.getByRole('menuitem', { name: 'Remove…' }).click()
  await dialog.getByRole('button', { name: 'Remove', exact: true }).click() // what was chosen before is forgotten
  await page.getByTestId('toast').getByText('Nothing more is read of importing/web').waitFor()
  await page.getByRole('button', { name: 'Imported 7' }).waitFor()
}))
