import { expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { expectAccessible, picture, stage, useBrowser, visit } from './browser'

interface Integration { id: string; backfill_from?: string; services: Record<string, boolean>; data_status?: string }
interface Collected { services: { service: string; rows: number; on: boolean; streams: { kind: string; stored: number }[] }[] }

useBrowser()

const patience = { timeout: 60_000 }
const on = { repos: true, pull_requests: true, tickets: true }
const services = async () => (await stage<Integration>('integration')).services
const stored = async (kind: string) => (await stage<Collected>('collected')).services.flatMap((s) => s.streams).find((s) => s.kind === kind)?.stored
const card = (page: Page, service: string) => page.getByTestId(`service-${service}`)
const toggle = (page: Page, name: string) => page.getByRole('switch', { name: `Collect ${name}` })

async function open(steps: (page: Page) => Promise<void>) {
  const { id } = await stage<Integration>('integration')
  await visit(`/settings/integrations/${id}/services`, async (page) => {
    await toggle(page, 'Repos').waitFor()
    await steps(page)
  })
}

test('each service says what it needs and what there is of it', async () => {
  await expect.poll(async () => (await stage<Integration>('integration')).data_status, patience).toBe('healthy')
  await open(async (page) => {
    expect(await page.title()).toBe('Services – services – Integrations – Tributary')
    const issues = await stored('issues')
    expect(issues).toBeGreaterThan(0)
    await card(page, 'tickets').getByText(`tickets ${issues}`).waitFor()
    await card(page, 'tickets').getByText('Tickets appear only in Work log.').waitFor()
    await card(page, 'repos').getByText('repo held').waitFor()
    expect(await card(page, 'repos').locator('dd').allTextContents()).toContain('The beginning')
    await expectAccessible(page)
    await picture(page, 'services')
  })
})

test('a service is switched off after asking, and on again from where it was', () => open(async (page) => {
  const issues = (await stored('issues')) ?? 0
  const tickets = toggle(page, 'Tickets')
  await tickets.focus()
  await page.keyboard.press('Space')
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Stops new data. Existing data is kept', { exact: true }).waitFor()
  await dialog.getByText(new RegExp(`^Stays: .*tickets ${issues}`)).waitFor()
  await expectAccessible(page)
  await picture(page, 'services-off')
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  await expect.poll(() => tickets.evaluate((box) => box === document.activeElement)).toBe(true)
  expect(await services()).toEqual(on)

  await tickets.click()
  await dialog.getByRole('button', { name: 'Switch off' }).click()
  await page.getByTestId('toast').getByText('Tickets is switched off. What is stored stays.').waitFor()
  expect(await tickets.isChecked()).toBe(false)
  expect(await services()).toEqual({ ...on, tickets: false })
  expect(await stored('issues')).toBe(issues)
  await card(page, 'tickets').getByText(/just now|s ago/).first().waitFor()
  await expectAccessible(page)

  await stage('openIssue')
  await stage('narrow')
  await page.reload()
  await tickets.click()
  await dialog.getByText(/^Will backfill from (?!the beginning)/).waitFor()
  await expectAccessible(page)
  await picture(page, 'services-on')
  await dialog.getByRole('radio', { name: 'Everything' }).check()
  await dialog.getByText('Will backfill from the beginning', { exact: true }).waitFor()
  await dialog.getByRole('button', { name: 'Switch on' }).click()
  await page.getByTestId('toast').getByText('Tickets is switched on. What is missing is read next.').waitFor()
  const after = await stage<Integration>('integration')
  expect([after.services, after.backfill_from]).toEqual([on, undefined])
  await expect.poll(() => stored('issues'), patience).toBe(issues + 1)
}))

test('what the API refuses is taken back and told', () => open(async (page) => {
  await page.route('**/services', (route) => (route.request().method() === 'PUT' ? route.fulfill({ status: 502, body: 'a proxy' }) : route.fallback()))
  await toggle(page, 'Pull requests').click()
  await page.getByRole('dialog').getByRole('button', { name: 'Switch off' }).click()
  await card(page, 'pull_requests').getByRole('alert').getByText('Pull requests could not be switched off. It is as it was').waitFor()
  expect(await toggle(page, 'Pull requests').isChecked()).toBe(true)
  expect(await services()).toEqual(on)
  await expectAccessible(page)
}))

test('reading goes further back, and never less far', async () => {
  await stage('narrow')
  await open(async (page) => {
    await page.getByTestId('extend-backfill').click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('radio', { name: '1 year' }).check()
    await expectAccessible(page)
    await picture(page, 'services-extend')
    await dialog.getByRole('button', { name: 'Read further back' }).click()
    await page.getByTestId('toast').getByText('What lies further back is read next').waitFor()
    const { backfill_from: from } = await stage<Integration>('integration')
    expect(Date.now() - Date.parse(from ?? '')).toBeGreaterThan(364 * 86_400_000)
  })
})

test('what is not possible says why and stays focusable', async () => {
  await stage('onlyTickets')
  await open(async (page) => {
    const tickets = toggle(page, 'Tickets')
    await card(page, 'tickets').getByText('At least one service stays on.').waitFor()
    expect(await tickets.getAttribute('aria-disabled')).toBe('true')
    await tickets.focus()
    await page.keyboard.press('Space')
    expect(await page.getByRole('dialog').count()).toBe(0)
    expect(await tickets.isChecked()).toBe(true)
    await expectAccessible(page)
    await picture(page, 'services-last')
  })
})

test('a viewer sees everything and changes nothing', () => open(async (page) => {
  await page.route('**/api/v1/session', async (route) => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, json: { ...(await answer.json() as object), role: 'viewer' } })
  })
  await page.reload()
  await card(page, 'repos').getByText('Your token may look, not change.').waitFor()
  expect(await toggle(page, 'Repos').getAttribute('aria-disabled')).toBe('true')
  await expectAccessible(page)
}))
