import AxeBuilder from '@axe-core/playwright'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'

export function setting(name: string): string {
  const value = process.env[`TRIBUTARY_E2E_${name}`]
  if (!value) throw new Error(`TRIBUTARY_E2E_${name} is not set: the Go test in dev/browser runs these scripts`)
  return value
}

const patience = 60_000 // a machine that also compiles is slow

let browser: Browser

/** Starts Chromium for the scripts of a file. */
export function useBrowser() {
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
  })
  afterAll(async () => browser.close())
}

/** Opens a page as somebody new would, and closes it after the steps. It fails on whatever the page complains of, and on requests that leave our origin. */
export async function visit(path: string, steps: (page: Page) => Promise<void>, base = setting('UI')): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' })
  context.setDefaultTimeout(patience)
  const complaints = watch(context, base)
  try {
    const page = await context.newPage()
    await page.goto(base + path)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await steps(page)
    expect(complaints).toEqual([])
  } finally {
    await context.close()
  }
}

function watch(context: BrowserContext, base: string): string[] {
  const complaints: string[] = []
  context.on('request', (request) => { if (!request.url().startsWith(base) && !request.url().startsWith('data:')) complaints.push(`a request to ${request.url()}`) })
  context.on('weberror', (error) => complaints.push(error.error().message))
  context.on('console', (message) => { if (message.text().includes('Content Security Policy')) complaints.push(message.text()) })
  return complaints
}

/** Lets axe look at what is shown, in both themes and at a phone's width. */
export async function expectAccessible(page: Page) {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map((v) => `${colorScheme}: ${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)).toEqual([])
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 320, height: 800 })
  await page.waitForFunction(() => document.documentElement.scrollWidth <= window.innerWidth) // the navigation moves out of the way first
  await page.setViewportSize({ width: 1280, height: 800 })
}

/** Asks the Go side to change the world. */
export async function stage<T>(action: string): Promise<T> {
  const answer = await fetch(`${setting('STAGE')}/${action}`, { method: 'POST' })
  if (!answer.ok) throw new Error(`${action}: ${await answer.text()}`)
  return (await answer.json()) as T
}
