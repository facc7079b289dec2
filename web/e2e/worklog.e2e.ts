import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { WorkLog } from '../src/api/worklog'
import { total } from '../src/screens/worklog/kinds'
import { expectAccessible, newPage, picture, productURL, stage, useBrowser, visit } from './browser'

useBrowser()

const report = '/reports/work-log'
const week = `${report}?from=2026-03-23&zone=UTC` // Berlin's clocks go forward on its Sunday
const patience = { timeout: 90_000 }
const monaName = 'Mona <mona@example.org> (not linked)'

const grid = (page: Page) => page.getByTestId('grid')
const cell = (page: Page, name: string | RegExp) => grid(page).getByRole('button', { name })
const cells = (page: Page) => grid(page).getByRole('button').evaluateAll((all) => all.map((button) => button.getAttribute('aria-label') ?? ''))
const rowNames = (page: Page) => grid(page).locator('tbody').getByRole('rowheader').evaluateAll((all) => all.map((row) => row.querySelector('span')?.lastElementChild?.textContent))
const search = (page: Page) => new URL(page.url()).searchParams
const isFocused = (page: Page, name: string) => page.evaluate((wanted) => {
  const at = document.activeElement
  return at?.matches('a, button') === true && (at.getAttribute('aria-label') ?? at.textContent ?? '').includes(wanted)
}, name)

/** Goes on with the Tab key until something has the focus, as people without a mouse do. */
async function tabTo(page: Page, name: string) {
  for (let presses = 0; presses < 60; presses++) {
    if (await isFocused(page, name)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`${name} cannot be reached with Tab`)
}

async function answer(path: string): Promise<WorkLog> {
  const answered = await fetch(`${productURL}/api/v1/worklog${path}`)
  expect(answered.ok, path).toBe(true)
  return await answered.json() as WorkLog
}

test('people and days have what was done, bots are one row, and nobody is left out', async () => {
  await expect.poll(async () => (await stage<{ data_status?: string }>('integration')).data_status, patience).toBe('healthy')
  await visit(week, async (page) => {
    await grid(page).waitFor()
    expect(await page.title()).toBe('Work log – Reports – Tributary')
    expect(await rowNames(page)).toEqual(['clocks-ada', 'clocks-ben', 'clocks-cy', monaName, 'Bots (1)'])
    expect((await cells(page)).filter((name) => !/Mar 2[89]:/.test(name))).toEqual([
      'clocks-ada, Wed, Mar 25: 1 commit, 1 merge, 2 PR actions, 1 PR comment, 1 ticket action',
      'clocks-ben, Wed, Mar 25: 1 PR action, 1 PR comment', 'clocks-ben, Thu, Mar 26: 9 commits (1 over 1,000 lines)',
      'clocks-cy, Wed, Mar 25: 1 ticket action', `${monaName}, Tue, Mar 24: 1 commit`, 'Bots (1), Tue, Mar 24: 1 commit',
    ])
    const marks = cell(page, /^clocks-ben, Thu/).locator('[data-kind=commit]')
    expect(await marks.evaluateAll((paths) => paths.map((path) => `${path.getAttribute('d')!.split('M').length - 1}${path.hasAttribute('data-hollow') ? ' hollow' : ''}`))).toEqual(['5', '1 hollow'])
    await cell(page, /^clocks-ben, Thu/).getByText('+3').waitFor()
    await expectAccessible(page)
    await picture(page, 'work-log')

    await cell(page, /^Bots/).click()
    await page.getByRole('dialog', { name: 'Bots, Tuesday, March 24, 2026' }).getByText(/dependabot/).waitFor()
    expect(await page.getByTestId('items').getByRole('listitem').count()).toBe(1)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    await cell(page, /^Mona/).click()
    await page.getByRole('dialog', { name: `${monaName}, Tuesday, March 24, 2026` }).getByRole('link', { name: /^Begin/ }).waitFor()
    await expectAccessible(page)
  })
})

test('F14: days are those of the chosen zone, also when its clocks change', async () => {
  const page = await newPage({ timezoneId: 'Asia/Tokyo' })
  const weekend = async () => (await cells(page)).filter((name) => /^clocks-ada, .*Mar (28|29|30):/.test(name))
  await page.goto(`${report}?from=2026-03-23`)
  await grid(page).waitFor()
  expect(await page.getByLabel('Days shown in').inputValue()).toBe('Asia/Tokyo')
  expect(await weekend()).toEqual(['clocks-ada, Sun, Mar 29: 3 commits'])
  for (const [zone, saturday, sunday] of [['Europe/Berlin', '1 commit', '3 commits'], ['UTC', '2 commits', '3 commits'], ['America/Los_Angeles', '3 commits', '2 commits']] as const) {
    await page.getByLabel('Days shown in').selectOption(zone)
    await expect.poll(weekend).toEqual([`clocks-ada, Sat, Mar 28: ${saturday}`, `clocks-ada, Sun, Mar 29: ${sunday}`])
    expect(search(page).get('zone')).toBe(zone)
  }
  const halfPastEleven = async (zone: string, day: string, ...times: string[]) => {
    await page.goto(`${report}?from=2026-03-23&zone=${zone}`)
    await cell(page, new RegExp(`^clocks-ada, ${day}`)).click()
    const item = page.getByTestId('items').getByRole('listitem').filter({ hasText: 'At 23:30' })
    for (const time of times) await item.getByText(time).waitFor()
    expect(await item.count()).toBe(1)
  }
  await halfPastEleven('UTC', 'Sat', 'Mar 28, 23:30 UTC')
  await halfPastEleven('Europe/Berlin', 'Sun', 'Mar 29, 00:30 Europe/Berlin', 'Mar 28, 23:30 UTC')
  await halfPastEleven('America/Los_Angeles', 'Sat', 'Mar 28, 16:30 America/Los_Angeles', 'Mar 28, 23:30 UTC')
  expect((await answer('?from=2026-03-23&zone=Europe/Berlin')).days.at(-1)).toEqual({ date: '2026-03-29', starts_at: '2026-03-28T23:00:00Z', ends_at: '2026-03-29T22:00:00Z' })
})

test('weeks and cells are reached with the keyboard, and the focus comes back', () => visit(week, async (page) => {
  await grid(page).waitFor()
  const period = (days: string) => page.getByTestId('period').filter({ hasText: days })
  await tabTo(page, 'Previous')
  await page.keyboard.press('Enter')
  await period('Mar 16 – Mar 22, 2026').waitFor()
  await page.getByText(/^No activity in this week/).waitFor()
  expect(search(page).get('from')).toBe('2026-03-16')
  await tabTo(page, 'Next')
  await page.keyboard.press('Enter')
  await period('Mar 23 – Mar 29, 2026').waitFor()
  const name = 'clocks-ada, Wed, Mar 25'
  await cell(page, new RegExp(`^${name}`)).waitFor()
  await tabTo(page, name)
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'clocks-ada, Wednesday, March 25, 2026' })
  await dialog.getByTestId('items').getByText('👍', { exact: true }).waitFor()
  await dialog.getByText('1 commit, 1 merge, 2 PR actions, 1 PR comment, 1 ticket action', { exact: true }).waitFor()
  expect(await dialog.evaluate((shown) => shown.contains(document.activeElement))).toBe(true)
  expect(await dialog.getByRole('link', { name: /^It is slow/ }).getAttribute('href')).toMatch(/\/clocks\/api\/issues\/\d+$/)
  await expectAccessible(page)
  await picture(page, 'work-log-items')
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  await expect.poll(() => isFocused(page, name)).toBe(true)
  expect(search(page).get('day')).toBeNull()
}))

test('the list has the same numbers, and filters are in the address', () => visit(week, async (page) => {
  await grid(page).waitFor()
  const names = await cells(page)
  await page.getByRole('button', { name: 'View as list' }).click()
  const list = page.getByTestId('list')
  await list.waitFor()
  const lines = await list.locator('tbody').getByRole('button').evaluateAll((all) => all.map((button) => button.getAttribute('aria-label') ?? ''))
  expect(lines.sort()).toEqual(names.sort())
  await list.getByRole('columnheader', { name: 'Tickets' }).waitFor()
  await expectAccessible(page)
  await picture(page, 'work-log-list')
  await page.getByRole('button', { name: 'View as list' }).click()
  await page.getByLabel('Weekends').uncheck({ force: true })
  await expect.poll(() => grid(page).getByRole('columnheader').allInnerTexts()).toEqual(['Person', 'Mon, Mar 23', 'Tue, Mar 24', 'Wed, Mar 25', 'Thu, Mar 26', 'Fri, Mar 27'])
  await page.getByRole('radio', { name: 'Repository' }).check()
  await expect.poll(() => rowNames(page)).toEqual(['clocks/api', 'Bots (1)'])
  await page.getByRole('radio', { name: 'Person' }).check()
  await page.getByRole('checkbox', { name: 'Commits', exact: true }).uncheck()
  await expect.poll(() => cells(page)).toContain('clocks-ada, Wed, Mar 25: 1 merge, 2 PR actions, 1 PR comment, 1 ticket action')
  await page.getByLabel('Person', { exact: true }).first().fill('clocks-cy')
  await page.keyboard.press('Enter')
  await expect.poll(() => cells(page)).toEqual(['clocks-cy, Wed, Mar 25: 1 ticket action'])
  await page.reload()
  await expect.poll(() => cells(page)).toEqual(['clocks-cy, Wed, Mar 25: 1 ticket action'])
}))

test('the file has a line for each thing that is counted', () => visit(week, async (page) => {
  await grid(page).waitFor()
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Export CSV' }).click()])
  expect(download.suggestedFilename()).toMatch(/\.csv$/)
  const [header, ...lines] = (await readFile(await download.path(), 'utf8')).trim().split('\n')
  expect(header).toMatch(/^at,kind,action,repository_id,repository,/)
  const { groups } = await answer('?from=2026-03-23&zone=UTC')
  expect(lines).toHaveLength(groups.reduce((sum, group) => sum + total(group.total), 0))
  expect(lines.filter((line) => line.includes(',ticket,'))).toHaveLength(2)
}))

test('what arrives appears by itself', () => visit(week, async (page) => {
  await grid(page).waitFor()
  expect(await cell(page, /^clocks-ada, Fri/).count()).toBe(0)
  await page.evaluate(() => document.body.setAttribute('data-same-page', 'true'))
  await stage('commitLate')
  await cell(page, 'clocks-ada, Fri, Mar 27: 1 commit').waitFor(patience)
  expect(await page.locator('body').getAttribute('data-same-page')).toBe('true')
}))

test('an empty week leads to the last one', () => visit(`${report}?from=2026-05-04&zone=UTC`, async (page) => {
  await page.getByText('No activity in this week; last activity Mar 29').waitFor()
  await expectAccessible(page)
  await page.getByTestId('jump').click()
  await cell(page, /^clocks-ada, Sun, Mar 29/).waitFor()
  expect(search(page).get('from')).toBe('2026-03-23')
}))

test('how far the data reaches is told and shown on the days', () => visit(week, async (page) => {
  await page.route('**/api/v1/worklog?*', async (route) => {
    const answered = await route.fetch()
    await route.fulfill({ response: answered, json: { ...await answered.json() as WorkLog, incomplete: [{ repository_id: 1, repository: 'acme/api', kinds: ['commits'], complete_through: '2026-03-25T12:00:00Z' }], incomplete_total: 1 } })
  })
  await page.reload()
  await page.getByText(/^acme\/api is complete only to .*Mar.*; some days may be incomplete\.$/).waitFor()
  await cell(page, /^clocks-ben, Thu.*; may be incomplete$/).waitFor()
  expect(await cell(page, /^Mona/).getAttribute('aria-label')).not.toContain('incomplete')
  await expectAccessible(page)
  await picture(page, 'work-log-incomplete')
}))

test('page line 3: without Tickets their rows are gone, and nothing else is', () => visit(week, async (page) => {
  await grid(page).waitFor()
  const before = await cells(page)
  const [log, without] = [await answer('?from=2026-03-23&zone=UTC'), '?from=2026-03-23&zone=UTC&kind=commit,merge_commit,pull_request,comment']
  const others = await answer(without)
  expect(before.filter((name) => name.includes('ticket action'))).toHaveLength(2)
  expect(await grid(page).locator('[data-kind=ticket]').count()).toBeGreaterThan(0)
  expect(await page.getByRole('checkbox', { name: 'Tickets' }).count()).toBe(1)

  const { id } = await stage<{ id: string }>('integration')
  await page.goto(`/settings/integrations/${id}/services`)
  await page.getByRole('switch', { name: 'Collect Tickets' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Switch off' }).click()
  await page.getByTestId('toast').getByText('Tickets is switched off. What is stored stays.').waitFor()

  await page.goto(week)
  await page.getByTestId('tickets-off').getByText('Tickets (off) – turn on in Services').waitFor()
  await grid(page).waitFor()
  expect(await cells(page)).toEqual(before.filter((name) => !/: 1 ticket action$/.test(name)).map((name) => name.replace(', 1 ticket action', '')))
  expect(await grid(page).locator('[data-kind=ticket]').count()).toBe(0)
  expect(await page.getByRole('checkbox', { name: 'Tickets' }).count()).toBe(0)
  await page.getByText('What counts').click()
  expect(await page.getByTestId('side').locator('dt').allInnerTexts()).toEqual(['Commits', 'Merge commits', 'PR activity', 'PR comments'].map((kind) => ` ${kind}`))
  await expectAccessible(page)
  await picture(page, 'work-log-tickets-off')
  await page.getByRole('button', { name: 'View as list' }).click()
  expect(await page.getByTestId('list').getByRole('columnheader', { name: 'Tickets' }).count()).toBe(0)
  expect(await answer(without)).toEqual({ ...others, tickets: false })
  const now = await answer('?from=2026-03-23&zone=UTC')
  const lessTickets = log.groups.map((group) => ({ ...group, total: { ...group.total, ticket: 0 }, days: group.days.map((day) => ({ ...day, ticket: 0 })) })).filter((group) => total(group.total) > 0)
  expect(now.groups).toEqual(lessTickets)
  await page.getByTestId('tickets-off').getByRole('link', { name: 'turn on in Services' }).click()
  await page.waitForURL(`**/settings/integrations/${id}/services`)
}))
