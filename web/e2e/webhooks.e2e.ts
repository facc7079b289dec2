import { expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { expectAccessible, picture, stage, useBrowser, visit } from './browser'

interface Webhooks { enabled: boolean; health: string; hooks: { hook_id?: number; state: string; pinged_at?: string; checked_at?: string }[] }
interface Delivery { event: string; action?: string; state: string; fresh_seconds?: number }

useBrowser()

const patience = { timeout: 60_000 }
const hooks = () => stage<number[]>('hooks')
const opened = async () => (await stage<Delivery[]>('deliveries')).filter((d) => d.event === 'issues' && d.fresh_seconds !== undefined).length

async function open(name: string, steps: (page: Page) => Promise<void>) {
  await visit('/settings/integrations', async (page) => {
    await page.getByRole('link', { name, exact: true }).click()
    await page.getByRole('tab', { name: 'Webhooks' }).click()
    await page.getByTestId(`webhooks-${name}`).waitFor()
    await steps(page)
  })
}

test('what webhooks need is listed, with what to do and who can', () => open('unhooked', async (page) => {
  const list = page.getByTestId('preconditions')
  await list.getByText('The account is an owner of the organization').waitFor()
  await list.getByText('An owner of the organization can do this').waitFor()
  await list.getByText('Import at least one repository.').waitFor()
  expect(await list.getByRole('link', { name: 'Choose repos' }).getAttribute('href')).toContain('/repos')
  expect(await list.getByText(': not met').count()).toBe(2)
  expect(await list.getByText(': met').count()).toBe(1)
  const box = page.getByRole('switch', { name: 'Webhooks of unhooked' })
  expect(await box.getAttribute('aria-disabled')).toBe('true')
  await box.focus()
  await page.keyboard.press('Space')
  expect(await box.isChecked()).toBe(false)
  await expectAccessible(page)
  await picture(page, 'webhooks-unmet')
}))

test('webhooks are switched on, pinged, and bring what changes', async () => {
  await stage('hold')
  await open('hooked', async (page) => {
    const box = page.getByRole('switch', { name: 'Webhooks of hooked' })
    expect(await page.title()).toBe('Webhooks – hooked – Integrations – Tributary')
    await expect.poll(() => box.getAttribute('aria-disabled'), patience).toBe(null) // once a repo is imported, without a reload
    expect(await page.getByTestId('preconditions').getByText(': not met').count()).toBe(0)
    await page.getByTestId('pace').getByText('Data is refreshed every 15 min instead.').waitFor()
    await expectAccessible(page)
    await picture(page, 'webhooks-off')

    await box.click()
    await page.getByTestId('toast').getByText('Webhooks of hooked are switched on').waitFor()
    const [hook] = await hooks()
    expect(await page.getByTestId('hook-id').textContent()).toBe(String(hook))
    await page.getByTestId('no-delivery').getByText('No delivery yet – send a test').waitFor()
    await expectAccessible(page)
    await picture(page, 'webhooks-no-delivery')

    await stage('release')
    await page.getByTestId('ping').first().click()
    await page.getByTestId('toast').getByText('The ping arrived').waitFor()
    expect((await stage<Webhooks>('webhooks')).hooks[0]?.pinged_at).toBeTruthy()
    await page.getByTestId('delivery').getByText('ping').first().waitFor()
    await page.getByTestId('health').getByText('Healthy').waitFor()

    await stage('openIssue')
    await expect.poll(opened, patience).toBe(1)
    const row = page.getByTestId('delivery').filter({ hasText: 'issues' })
    await row.getByText('opened').waitFor()
    await row.getByText('hooked/api').waitFor()
    await row.getByText(/^\d+\.\d s$/).waitFor()
    await page.getByTestId('freshness').getByText('99 % within').waitFor()
    await page.getByTestId('gap-meter').getByText('No gap.').waitFor()
    await expectAccessible(page)
    await picture(page, 'webhooks-on')
  })
})

test('the secret is replaced, and no delivery is lost', () => open('hooked', async (page) => {
  await stage('secret')
  await page.getByTestId('rotate-secret').click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('so no delivery is lost').waitFor()
  await expectAccessible(page)
  await picture(page, 'webhooks-rotate')
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  expect(await stage('replaced')).toBe(false)
  await page.getByTestId('rotate-secret').click()
  await dialog.getByRole('button', { name: 'Replace the secret' }).click()
  await page.getByTestId('toast').getByText('The secret was replaced').waitFor()
  expect(await stage('replaced')).toBe(true)
  await stage('openIssue')
  await expect.poll(opened, patience).toBe(2)
}))

test('deliveries come page by page', async () => {
  await stage('burst')
  await expect.poll(async () => (await stage<Delivery[]>('deliveries')).length, patience).toBeGreaterThan(20)
  await open('hooked', async (page) => {
    await page.getByTestId('deliveries').waitFor()
    expect(await page.getByTestId('delivery').count()).toBe(20)
    await page.getByRole('button', { name: /^Load more \(20 of \d+\)$/ }).click()
    await expect.poll(() => page.getByTestId('delivery').count()).toBeGreaterThan(20)
    await expectAccessible(page)
  })
})

/** What the tab says of deliveries, without how long ago each came. */
async function told(page: Page): Promise<string[]> {
  await page.getByTestId('delivery').first().waitFor()
  return [await page.getByTestId('gap-meter').getByText(/ of \d+ \(/).innerText(), ...await page.getByTestId('delivery').locator('td').allInnerTexts()]
}

test('a forged delivery changes nothing', () => open('hooked', async (page) => {
  await expect.poll(opened, patience).toBe(22)
  await page.reload()
  const before = await told(page)
  const answers = await stage<number[]>('forge')
  expect(answers.length).toBeGreaterThan(3)
  for (const status of answers) expect(status).toBeGreaterThanOrEqual(400)
  await page.reload()
  expect(await told(page)).toEqual(before)
  await page.getByTestId('health').getByText('Healthy').waitFor()
}))

test('what is lost on its way is told of, and delivered again', () => open('hooked', async (page) => {
  const { hooks: [hook] } = await stage<Webhooks>('webhooks')
  await expect.poll(() => Date.now()).toBeGreaterThan(Date.parse(hook?.checked_at ?? '') + 1000) // GitHub tells whole seconds: what was lost was lost after that
  await stage('lose')
  await page.getByTestId('ping').first().click() // which checks it as well
  await page.getByText('none has arrived yet').waitFor()
  await page.getByTestId('cause-webhook_failing').waitFor()
  await page.getByTestId('health').getByText('Failing').waitFor()
  await page.getByTestId('gap-meter').getByText(/[34] not delivered/).waitFor() // the ping, too, where GitHub's log has it already
  expect(await opened()).toBe(22)
  await expectAccessible(page)
  await picture(page, 'webhooks-failing')

  await stage('deliver')
  await page.getByTestId('ping').first().click()
  await expect.poll(opened, patience).toBe(25)
  await expect.poll(async () => {
    await page.getByTestId('ping').first().click() // until GitHub's log begins with what arrived
    return (await stage<Webhooks>('webhooks')).health
  }, patience).toBe('healthy')
  await page.getByTestId('cause-webhook_failing').waitFor({ state: 'hidden' })
  await page.getByTestId('gap-meter').getByText('not delivered').waitFor() // it stays counted
}))

test('a webhook that was switched off at GitHub is told of and put right', () => open('hooked', async (page) => {
  await stage('mute')
  await page.getByTestId('ping').first().click() // which checks it as well
  await page.getByTestId('cause-webhook_muted').waitFor()
  await page.getByText('none has arrived yet').waitFor()
  await expectAccessible(page)
  await picture(page, 'webhooks-muted')
  await page.getByRole('button', { name: 'Switch on again' }).click()
  await page.getByTestId('toast').getByText('Webhooks of hooked are switched on').waitFor()
  await page.getByTestId('cause-webhook_muted').waitFor({ state: 'hidden' })
}))

type Body = { items: { hooks: object[] }[] }

/** Shows the page as if the API had answered something else. */
async function pretend(page: Page, path: string, change: (body: Body) => object) {
  await page.route(path, async (route) => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, json: change(await answer.json() as Body) })
  })
}

test('webhooks of the App are said to be its own', () => open('hooked', async (page) => {
  await pretend(page, '**/api/v1/integrations/*', (body) => ({ ...body, auth_method: 'github_app' }))
  await pretend(page, '**/api/v1/integrations/*/webhooks', ({ items }) => ({ items: items.map((w) => ({ ...w, sources: ['app'], hooks: w.hooks.map((h) => ({ ...h, source: 'app', hook_id: undefined, events: [] })) })) }))
  await page.reload()
  await page.getByText('Delivered by the GitHub App.').waitFor()
  expect(await page.getByTestId('ping').count()).toBe(0)
  await page.getByRole('switch', { name: 'Webhooks of hooked' }).click()
  await page.getByRole('dialog').getByText("The GitHub App's webhook stays at GitHub").waitFor()
  await expectAccessible(page)
  await page.keyboard.press('Escape')
  await picture(page, 'webhooks-app')
}))

test('webhooks of repos are listed one by one', () => open('hooked', async (page) => {
  await pretend(page, '**/api/v1/integrations/*/webhooks', ({ items }) => ({
    items: items.map((w) => ({ ...w, sources: ['repository'], hooks_total: 120, hooks: [1, 2, 3].map((n) => ({ ...w.hooks[0], source: 'repository', hook_id: n, repository_id: 100 + n, url: `https://tributary.example.com/webhooks/github/${n}` })) })),
  }))
  await page.reload()
  await page.getByText('120 webhooks, one for each repo; 3 are shown, those with trouble first').waitFor()
  await page.getByRole('table', { name: 'Webhooks of hooked' }).getByText('103').waitFor()
  await expectAccessible(page)
  await picture(page, 'webhooks-repos')
}))

test('webhooks are switched off after asking, and one that cannot be deleted is named', () => open('hooked', async (page) => {
  const box = page.getByRole('switch', { name: 'Webhooks of hooked' })
  const [hook] = await hooks()
  await stage('demote')
  await box.click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText(`Deleted at GitHub: webhook ${hook} of hooked.`).waitFor()
  await dialog.getByText('Data is refreshed every 15 min instead.').waitFor()
  await expectAccessible(page)
  await picture(page, 'webhooks-off-ask')
  await dialog.getByRole('button', { name: 'Switch off' }).click()
  await page.getByTestId('hooks-left').getByText(`webhook ${hook} of hooked`).waitFor()
  await page.getByText('They are switched off, and GitHub did not let everything be deleted.').waitFor()
  expect(await hooks()).toEqual([hook])
  expect((await stage<Webhooks>('webhooks')).enabled).toBe(false)
  await expectAccessible(page)
  await picture(page, 'webhooks-left')

  await stage('promote')
  await box.click()
  await page.getByTestId('hook-id').waitFor()
  await box.click()
  await dialog.getByRole('button', { name: 'Switch off' }).click()
  await page.getByTestId('toast').getByText('Webhooks of hooked are switched off').waitFor()
  expect(await hooks()).toEqual([])
  expect(await box.isChecked()).toBe(false)
  await page.getByTestId('pace').getByText('Data is refreshed every 15 min instead.').waitFor()
}))
