import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { setting, useBrowser } from '../e2e/browser'
import { again, clickUntil, note, openUntil } from './measure'

useBrowser()

const integration = `/settings/integrations/${setting('INTEGRATION')}`
const row = '[data-testid=repository]'

/** Kilobytes of JavaScript that came over the network. */
async function scripts(page: Page): Promise<number> {
  const loaded = await page.evaluate(() => (performance.getEntriesByType('resource') as PerformanceResourceTiming[])
    .filter((r) => r.name.endsWith('.js')).map((r) => ({ sent: r.encodedBodySize, unzipped: r.decodedBodySize })))
  const sum = loaded.reduce((all, { sent, unzipped }) => ({ sent: all.sent + sent, unzipped: all.unzipped + unzipped }), { sent: 0, unzipped: 0 })
  expect(sum.sent).toBeGreaterThan(0)
  expect(sum.sent).toBeLessThan(sum.unzipped) // compressed
  return sum.sent / 1000
}

test('the integrations list', () => again(async (page) => {
  note('list', await openUntil(page, '/settings/integrations', '[data-testid=integration] button'))
  note('first_load', await scripts(page))
  await page.getByRole('button', { name: /^Actions for/ }).click()
  await page.getByRole('menuitem').first().waitFor()
}))

test('the Repos tab by its address', () => again(async (page) => {
  note('repos', await openUntil(page, `${integration}/repos`, row))
  expect(await page.locator(row).count()).toBe(100)
}))

test('the Repos tab by a click', () => again(async (page) => {
  await page.goto(`${integration}/overview`)
  await page.getByRole('region', { name: 'Latest syncs' }).waitFor()
  note('repos_click', await clickUntil(page, '[role=tab][id$="-tab-repos"]', row))
}))

test('the Repos tab by status', () => again(async (page) => {
  note('repos_status', await openUntil(page, `${integration}/repos?view=imported&sort=status`, row))
  expect(await page.locator(row).first().innerText()).toContain('Failed')
}))
