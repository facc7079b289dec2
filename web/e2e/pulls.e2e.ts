import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { PullRequestMetrics } from '../src/api/pullRequests'
import { hours, share } from '../src/format/hours'
import { expectAccessible, picture, productURL, stage, useBrowser, visit } from './browser'

useBrowser()

const report = '/reports/pull-requests'
const overTime = `${report}?part=time&zone=Europe/Berlin`
const patience = { timeout: 90_000 }

async function answer<T>(path: string): Promise<T> {
  const answered = await fetch(`${productURL}/api/v1/metrics/${path}`)
  expect(answered.ok, path).toBe(true)
  return await answered.json() as T
}

const metrics = () => answer<PullRequestMetrics>('pull-requests?zone=Europe/Berlin')
const search = (page: Page) => new URL(page.url()).searchParams
const number = (page: Page, name: string) => page.getByTestId('key-number').filter({ has: page.getByRole('heading', { name, exact: true }) })
const rows = (page: Page) => page.getByTestId('open-pull-request')
const focused = (page: Page, text: string) => page.waitForFunction((wanted) => document.activeElement?.matches('a, button') && document.activeElement.textContent?.includes(wanted), text)

test('where nothing is connected the first step is offered', () => visit(report, async (page) => {
  await page.getByRole('link', { name: 'Add integration' }).waitFor()
  expect(await page.title()).toBe('Pull requests – Reports – Tributary')
  await expectAccessible(page)
}))

test('what is open waits for somebody, the oldest first', async () => {
  await stage('connect')
  await expect.poll(async () => (await stage<{ data_status?: string }>('integration')).data_status, patience).toBe('healthy')
  await visit(report, async (page) => {
    await rows(page).first().waitFor()
    expect(await rows(page).getByRole('link').allInnerTexts()).toEqual([
      expect.stringContaining('Wait for a review'), expect.stringContaining('Wait for its author'), expect.stringContaining('Wait to be merged'), expect.stringContaining('Wait to be ready'),
    ])
    await rows(page).first().getByText('by reviewed-ben').waitFor()
    await page.getByText('4 open', { exact: true }).waitFor()
    await expectAccessible(page)
    await picture(page, 'pulls-open')
    await page.getByRole('group', { name: 'Waits for' }).getByRole('button', { name: 'Author' }).click()
    await expect.poll(() => rows(page).count()).toBe(1)
    await rows(page).getByText('Wait for its author').waitFor()
    expect(search(page).get('waits_for')).toBe('author')
    expect(await page.getByText(/^\d+ open$/).count()).toBe(0) // how many of them wait for it is not counted
    await page.reload()
    await rows(page).getByText('Wait for its author').waitFor()
    expect(await rows(page).count()).toBe(1)
    await page.getByLabel('Person').fill('nobody-has-this-name')
    await page.getByLabel('Person').press('Enter')
    await page.getByText('No open pull request matches').waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Clear' }).last().click()
    await expect.poll(() => rows(page).count()).toBe(4)
  })
})

test('numbers are those of the API, and each opens its list', () => visit(overTime, async (page) => {
  const m = await metrics()
  expect(m.merged).toBe(13)
  const told: [name: string, value: string][] = [
    ['Merged', String(m.merged)], ['Time to merge', hours(m.time_to_merge.median_hours)], ['Time to first response', hours(m.time_to_first_response.median_hours)], ['Iteration time', hours(m.iteration_time.median_hours)],
    ['Unreviewed', share(m.unreviewed.percent)], ['Thoroughly reviewed', share(m.thoroughly_reviewed.percent)], ['Iterated', share(m.iterated.percent)], ['Size', `${m.size.median} lines`],
  ]
  for (const [name, value] of told) await number(page, name).getByRole('link', { name: new RegExp(`^${value} ${name}: show`) }).waitFor()
  await page.getByText(/Bots opened 3 pull requests in this period; 3 of theirs were merged\./).waitFor()
  await page.getByTestId('reviewers').getByRole('row', { name: /reviewed-ben/ }).waitFor()
  await expectAccessible(page)
  await picture(page, 'pulls-time')

  await number(page, 'Unreviewed').getByRole('link').click()
  const drawer = page.getByRole('dialog', { name: 'Pull requests: Merged without a review' })
  await expect.poll(() => drawer.getByTestId('pull-request').count()).toBe(m.unreviewed.count)
  await drawer.getByText(new RegExp(`^${m.unreviewed.count} pull requests from .* the newest first`)).waitFor()
  expect(await drawer.getByRole('link', { name: /Correct a word/ }).first().getAttribute('href')).toMatch(/\/reviewed\/api\/pull\/\d+$/)
  const file = await drawer.getByRole('link', { name: 'Download as CSV' }).getAttribute('href')
  const lines = (await (await fetch(productURL + file)).text()).trim().split('\n')
  expect(lines).toHaveLength(1 + m.unreviewed.count)
  await expectAccessible(page)
  await picture(page, 'pulls-behind')
  await page.keyboard.press('Escape')
  await drawer.waitFor({ state: 'hidden' })
  expect(search(page).get('of')).toBeNull()
  await focused(page, 'show the unreviewed pull requests')
}))

test('a chart as a table has the same numbers', () => visit(overTime, async (page) => {
  const { weeks } = await metrics()
  const chart = page.getByTestId('chart').filter({ has: page.getByRole('heading', { name: 'Median times' }) })
  expect(await chart.getByRole('img').getAttribute('aria-label')).toMatch(/^Median times, \d+ weeks from .+ To merge: from .+ to .+, the latest /)
  expect(weeks.some((w) => w.merged === 0)).toBe(true)
  await chart.getByRole('button', { name: 'Show as table' }).click()
  const cells = await chart.getByRole('row').evaluateAll((found) => found.slice(1).map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent)))
  expect(cells).toEqual(weeks.map((w) => [hours(w.time_to_merge_median_hours), hours(w.time_to_first_response_median_hours)]))
  await expectAccessible(page)
  await picture(page, 'pulls-table')
}))

test('everything can be reached with the keyboard', () => visit(overTime, async (page) => {
  await number(page, 'Time to merge').getByRole('button', { name: 'What is Time to merge?' }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('From when a pull request was opened until it was merged').waitFor()
  await expectAccessible(page)
  await page.keyboard.press('Escape')
  await page.getByText('From when a pull request was opened until it was merged').waitFor({ state: 'hidden' })
  await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'What is Time to merge?')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog', { name: 'Pull requests: Merged' }).getByTestId('pull-request').first().waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  await page.getByRole('tab', { name: 'Over time' }).focus()
  await page.keyboard.press('ArrowLeft')
  await rows(page).first().waitFor()
  expect(search(page).get('part')).toBe('open')
}))

test('an empty period says where there is something', () => visit(`${overTime}&period=chosen&from=2015-01-01&through=2015-02-01`, async (page) => {
  await page.getByRole('heading', { name: /^No pull request was opened, merged or closed from/ }).waitFor()
  await expectAccessible(page)
  await page.getByLabel('Period', { exact: true }).selectOption('Last 90 days')
  await number(page, 'Merged').waitFor()
  expect(search(page).get('from')).toBeNull()
}))

test('how far the data reaches and what failed is told, and the rest stays', () => visit(report, async (page) => {
  await page.route('**/api/v1/metrics/pull-requests?*', async (route) => {
    const answered = await route.fetch()
    await route.fulfill({ response: answered, json: { ...await answered.json() as PullRequestMetrics, incomplete: [{ repository_id: 1, repository: 'acme/api', kinds: ['pull_requests'], complete_through: '2026-03-02T12:00:00Z' }], incomplete_total: 1 } })
  })
  await page.route('**/api/v1/metrics/commits?*', (route) => route.fulfill({ status: 422, json: { code: 'invalid_request', title: 'Not understood', status: 422 } }))
  await page.getByRole('tab', { name: 'Over time' }).click()
  await page.getByText(/^acme\/api is complete only to .*Mar.*; these numbers may miss later changes\.$/).waitFor()
  await page.getByTestId('error-panel').getByText('The commits could not be counted').waitFor()
  await number(page, 'Merged').waitFor()
  await expectAccessible(page)
}))

test('tickets switched off change no number', async () => {
  const before = await metrics()
  const shown = async () => {
    let texts: string[] = []
    await visit(overTime, async (page) => {
      await number(page, 'Size').waitFor()
      texts = await page.getByTestId('key-number').allInnerTexts()
    })
    return texts
  }
  const texts = await shown()
  expect(texts).toHaveLength(8)
  await stage('ticketsOff')
  expect(await metrics()).toEqual(before)
  expect(await shown()).toEqual(texts)
})
