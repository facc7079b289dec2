// DRAFT, never run. Counts by zone: Berlin 28 Mar 1, 29 Mar 5; UTC 28 Mar 2, 29 Mar 4; New York 28 Mar 3 (before 04:00Z), 29 Mar 3; Tokyo 29 Mar 5, 30 Mar 1.
import { expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { expectAccessible, picture, stage, useBrowser, visit } from './browser'

useBrowser()
const week = '/reports/work-log?from=2026-03-23'
const cells = (page: Page) => page.getByTestId('grid').getByRole('button').evaluateAll((all) => all.map((b) => b.getAttribute('aria-label')))

test('F14: days are those of the chosen zone', () => visit(week, async (page) => {
  await expect.poll(async () => (await stage<{ data_status?: string }>('integration')).data_status, { timeout: 60_000 }).toBe('healthy')
  for (const [zone, saturday, sunday] of [['Europe/Berlin', '1 commit', '5 commits'], ['UTC', '2 commits', '4 commits'], ['America/New_York', '3 commits', '3 commits']] as const) {
    await page.getByLabel('Days shown in').selectOption(zone)
    await expect.poll(async () => (await cells(page)).filter((name) => /Mar 2[89]:/.test(name ?? ''))).toEqual([`clocks-ada, Sat, Mar 28: ${saturday}`, `clocks-ada, Sun, Mar 29: ${sunday}`])
  }
}))

test('a cell opens by keyboard and gives the focus back', () => visit(`${week}&zone=UTC`, async (page) => {
  const cell = page.getByRole('button', { name: /^clocks-ada, Wed, Mar 25: / })
  await cell.focus()
  await page.keyboard.press('Enter')
  await page.getByTestId('items').getByText('👍').waitFor()
  await expectAccessible(page)
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  await expect.poll(() => cell.evaluate((button) => button === document.activeElement)).toBe(true)
  await expectAccessible(page)
  await picture(page, 'work-log')
}))

test('page line 3: without Tickets only their row is gone', () => visit(`${week}&zone=UTC`, async (page) => {
  await page.getByTestId('grid').waitFor()
  const before = await cells(page)
  expect(before.join()).toContain('ticket action')
  const { id } = await stage<{ id: string }>('integration')
  await page.goto(`/settings/integrations/${id}/services`)
  await page.getByRole('switch', { name: 'Collect Tickets' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Switch off' }).click()
  await page.getByTestId('toast').waitFor()
  await page.goto(`${week}&zone=UTC`)
  await page.getByTestId('tickets-off').waitFor()
  expect(await cells(page)).toEqual(before.map((name) => name?.replace(/, \d+ ticket actions?/, '')))
}))

test('an empty week leads to the last one', () => visit('/reports/work-log?from=2026-05-04&zone=UTC', async (page) => {
  await page.getByText('No activity in this week; last activity Mar 29').waitFor()
  await page.getByTestId('jump').click()
  await page.getByTestId('grid').waitFor()
  expect(await page.getByRole('link', { name: 'Export CSV' }).getAttribute('href')).toContain('format=csv')
}))
