import AxeBuilder from '@axe-core/playwright'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'

export function setting(name: string): string {
  const value = process.env[`TRIBUTARY_E2E_${name}`]
  if (!value) throw new Error(`TRIBUTARY_E2E_${name} is not set: the tests in dev/browser run these scripts`)
  return value
}

/** Lets the test do what a browser cannot, and returns what it says. */
export async function stage<T = unknown>(action: string): Promise<T> {
  const answer = await fetch(`${setting('STAGE')}/${action}`, { method: 'POST' })
  if (!answer.ok) throw new Error(`${action}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as T
}

export const productURL = setting('UI')

const patience = 60_000 // a machine that also compiles is slow
const opened: BrowserContext[] = []
const complaints: string[] = []
let browser: Browser

/** Starts Chromium for the scripts of a file. What a page complains of, and what it fetches from elsewhere, fails the test. */
export function useBrowser() {
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: setting('CHROMIUM'), args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
  })
  afterEach(async () => {
    for (const context of opened.splice(0)) await context.close()
    expect(complaints.splice(0)).toEqual([])
  })
  afterAll(() => browser.close())
}

/** A person's browser: one window, nobody signed in. */
export async function newPage(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const base = options.baseURL ?? productURL
  const context = await browser.newContext({ baseURL: base, viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', ...options })
  opened.push(context)
  context.setDefaultTimeout(patience)
  context.on('request', (request) => {
    const url = request.url()
    // To GitHub people are led; nothing may be fetched from there.
    const led = url.startsWith(setting('GITHUB')) && request.resourceType() === 'document'
    if (/^(https?|wss?):/.test(url) && !url.startsWith(base) && !led) complaints.push(`a request to ${url}`)
  })
  context.on('weberror', (error) => complaints.push(error.error().message))
  context.on('console', (message) => { if (message.text().includes('Content Security Policy')) complaints.push(message.text()) })
  return context.newPage()
}

/** Opens a page as somebody new would. */
export async function visit(path: string, steps: (page: Page) => Promise<void>, base = productURL): Promise<void> {
  const page = await newPage({ baseURL: base })
  await page.goto(path)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await steps(page)
}

/** Lets axe look at what is shown, in both themes, and looks whether it fits a phone. */
export async function expectAccessible(page: Page) {
  await page.mouse.move(0, 0) // a tooltip stands outside of the landmarks
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map((v) => `${colorScheme}: ${v.id}: ${v.help}: ${v.nodes.map((n) => `${n.target.join(' ')} ${n.failureSummary ?? ''}`).join(' | ')}`)).toEqual([])
  }
  await page.emulateMedia({ colorScheme: 'light' })
  const size = page.viewportSize()
  await page.setViewportSize({ width: 320, height: 800 })
  await expect.poll(() => tooWide(page), { timeout: 10_000 }).toEqual([]) // the navigation moves out of the way first
  if (size) await page.setViewportSize(size)
}

/** What makes people scroll sideways. */
function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    if (document.documentElement.scrollWidth <= window.innerWidth) return []
    return [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > window.innerWidth + 1).map((e) => e.outerHTML.slice(0, 200)).slice(0, 5)
  })
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
