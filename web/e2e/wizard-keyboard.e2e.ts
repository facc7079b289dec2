import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { windowOf } from './github'
import { stage, newPage, useBrowser } from './browser'

interface World { token: string; tokenLogin: string; oauthLogin: string; appLogin: string; installed: string }
interface Made { name: string; organizations: string[]; tickets: boolean }

useBrowser()

/** Presses Tab until something with this name has the focus. Fails where the keyboard does not come to it. */
async function tabTo(page: Page, name: RegExp | string) {
  const seen: string[] = []
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab')
    const focused = await page.evaluate(() => {
      const e = document.activeElement
      if (!(e instanceof HTMLElement)) return ''
      const read = (element: Element | null) => { // as it is read aloud
        const copy = element?.cloneNode(true)
        if (copy instanceof Element) copy.querySelectorAll('[aria-hidden="true"]').forEach((hidden) => hidden.remove())
        return copy?.textContent ?? ''
      }
      const text = (elements: Iterable<Element | null>) => [...elements].map(read).join(' ')
      const labelled = text((e.getAttribute('aria-labelledby')?.split(' ') ?? []).map((id) => document.getElementById(id)))
      const labels = e instanceof HTMLInputElement || e instanceof HTMLSelectElement ? text(e.labels ?? []) : ''
      return (labelled || e.getAttribute('aria-label') || labels || read(e)).trim()
    })
    seen.push(focused)
    if (typeof name === 'string' ? focused === name : name.test(focused)) return
  }
  throw new Error(`Tab does not come to ${name}, but to: ${seen.join(', ')}`)
}

async function pressOn(page: Page, name: RegExp | string, key: 'Enter' | 'Space' = 'Enter') {
  await tabTo(page, name)
  await page.keyboard.press(key)
}

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor()
const focused = (page: Page) => page.evaluate(() => document.activeElement?.tagName === 'H1' ? 'H1' : document.activeElement?.textContent)

/** From the list to the way to connect, so many further than the first. */
async function toConnect(page: Page, method: string, further: number) {
  await page.goto('/settings/integrations')
  await heading(page, 'Integrations')
  await pressOn(page, 'Add integration')
  await heading(page, 'Step 1 of 5')
  await pressOn(page, 'GitHub Cloud', 'Space')
  await pressOn(page, 'Next')
  await heading(page, 'Step 2 of 5')
  await pressOn(page, /^GitHub App/, 'Space')
  for (let i = 0; i < further; i++) await page.keyboard.press('ArrowDown')
  await page.getByRole('radio', { name: method, checked: true }).waitFor()
  await pressOn(page, 'Next')
  await page.getByRole('heading', { level: 1, name: 'Step 3' }).waitFor()
}

/** Goes to GitHub in its window, agrees there as somebody, and comes back to Next. */
async function authorize(page: Page, button: string, login: string) {
  await tabTo(page, button)
  const gitHub = await windowOf(page, () => page.keyboard.press('Enter'))
  await heading(gitHub, 'Authorize')
  await tabTo(gitHub, /^Account/)
  await gitHub.keyboard.type(login)
  await expect.poll(() => gitHub.getByLabel('Account').inputValue()).toBe(login)
  await tabTo(gitHub, /^Authorize/)
  await Promise.all([gitHub.waitForEvent('close'), gitHub.keyboard.press('Enter')])
  await page.getByText(`Signed in as ${login}`).waitFor()
  await expect.poll(() => focused(page)).toBe('Next')
  await page.keyboard.press('Enter')
}

async function create(page: Page, name: string) {
  await tabTo(page, /^Name/)
  await page.keyboard.press('Control+A')
  await page.keyboard.insertText(name)
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/settings\/integrations\/[0-9a-f-]{36}/)
  await expect.poll(() => focused(page)).toBe('H1')
}

const created = async (name: string) => (await stage<Made[]>('integrations')).find((i) => i.name === name)

test('a token becomes an integration by the keyboard alone', async () => {
  const world = await stage<World>('world')
  const page = await newPage()
  await toConnect(page, 'Personal access token', 2)
  await tabTo(page, 'Personal access token')
  await page.keyboard.insertText(world.token)
  await page.keyboard.press('Enter')
  await page.getByText(`Successfully connected via ${world.tokenLogin}`, { exact: true }).waitFor()
  await expect.poll(() => focused(page)).toBe('Next')
  await page.keyboard.press('Enter')
  await heading(page, 'Step 4 of 5')
  await pressOn(page, /Tickets/, 'Space')
  await pressOn(page, '90 days', 'Space')
  await page.keyboard.press('ArrowDown')
  await page.getByRole('radio', { name: '6 months', checked: true }).waitFor()
  await pressOn(page, 'Next')
  await heading(page, 'Step 5 of 5')
  await create(page, 'By keyboard')
  expect(await created('By keyboard')).toMatchObject({ tickets: false })
})

test('OAuth becomes an integration by the keyboard alone, in the window of GitHub too', async () => {
  const world = await stage<World>('world')
  const page = await newPage()
  await toConnect(page, 'OAuth', 1)
  await authorize(page, 'Connect to GitHub', world.oauthLogin)
  await heading(page, 'Step 4 of 5')
  await pressOn(page, 'Next')
  await heading(page, 'Step 5 of 5')
  await create(page, 'By keyboard through OAuth')
  expect(await created('By keyboard through OAuth')).toMatchObject({ tickets: true })
})

test('an organization of the App becomes an integration by the keyboard alone, in the window of GitHub too', async () => {
  const world = await stage<World>('world')
  const page = await newPage()
  await toConnect(page, 'GitHub App', 0)
  await authorize(page, 'Retrieve organizations via OAuth', world.appLogin)
  await heading(page, 'Step 4 of 6')
  await pressOn(page, world.installed, 'Space')
  await pressOn(page, 'Next')
  await heading(page, 'Step 5 of 6')
  await pressOn(page, 'Next')
  await heading(page, 'Step 6 of 6')
  await pressOn(page, 'Done')
  await page.getByRole('link', { name: `Check repos ${world.installed}` }).waitFor()
  await pressOn(page, `Check repos ${world.installed}`)
  await heading(page, world.installed)
  await expect.poll(() => focused(page)).toBe('H1')
  expect(await created(world.installed)).toMatchObject({ organizations: [world.installed] })
})
