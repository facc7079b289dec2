import { AxeBuilder } from '@axe-core/playwright'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'

function setting(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: these tests are run by dev/browser/wizard`)
  return value
}

export const productURL = setting('TRIBUTARY_URL')

/** Lets the test do what a browser cannot, and returns what it says. */
export async function act<T = unknown>(action: string): Promise<T> {
  const answer = await fetch(`${setting('TRIBUTARY_STAGE')}/${action}`, { method: 'POST' })
  if (!answer.ok) throw new Error(`${action}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as T
}

const opened: BrowserContext[] = []
let browser: Browser

/** Starts Chromium for the tests of a file; what a page reports as an error fails the test. */
export function useBrowser() {
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: setting('TRIBUTARY_CHROMIUM'), args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
  })
  afterEach(async () => {
    for (const context of opened.splice(0)) await context.close()
  })
  afterAll(() => browser.close())
}

/** A person's browser: one window, nobody signed in at GitHub. */
export async function newPage(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const context = await browser.newContext({ baseURL: productURL, reducedMotion: 'reduce', ...options })
  opened.push(context)
  const foreign: string[] = []
  context.on('request', (request) => {
    // To GitHub people are led; nothing may be fetched from elsewhere.
    if (request.url().startsWith('http') && !request.url().startsWith(productURL) && request.resourceType() !== 'document') foreign.push(request.url())
  })
  context.on('close', () => expect(foreign).toEqual([]))
  context.setDefaultTimeout(20_000)
  return context.newPage()
}

/** Fails where axe finds something, in either theme. */
export async function accessible(page: Page) {
  await page.mouse.move(0, 0) // a tooltip stands outside of the landmarks
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme })
    const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze()
    expect(violations.map((v) => `${scheme}: ${v.id}: ${v.help}: ${v.nodes.map((n) => `${n.target.join(' ')} ${n.failureSummary ?? ''}`).join(' | ')}`)).toEqual([])
  }
  await page.emulateMedia({ colorScheme: 'light' })
}

/** A picture of each width and theme, where someone wants to look. */
export async function picture(page: Page, name: string) {
  const folder = process.env['TRIBUTARY_PICTURES']
  if (!folder) return
  const size = page.viewportSize()
  for (const width of [360, 768, 1440]) {
    for (const scheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme: scheme })
      await page.waitForTimeout(150)
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${name} is wider than ${width} px`).toBe(true)
      await page.screenshot({ path: `${folder}/${name}-${width}-${scheme}.png`, fullPage: true })
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
  if (size) await page.setViewportSize(size)
}
