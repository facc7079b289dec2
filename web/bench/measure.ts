import { writeFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { newPage, setting } from '../e2e/browser'

const samples: Record<string, number[]> = {}

export function note(name: string, value: number) {
  (samples[name] ??= []).push(value)
  writeFileSync(setting('MEASURED'), JSON.stringify(samples))
}

/** Each time in a browser that has kept nothing. */
export async function again(steps: (page: Page) => Promise<void>) {
  for (let run = 0; run < Number(setting('RUNS')); run++) {
    const page = await newPage()
    await steps(page)
    await page.context().close()
  }
}

/** Opens an address, and says after how many milliseconds something of it was painted and the page was idle. */
export async function openUntil(page: Page, path: string, selector: string): Promise<number> {
  await page.goto(path, { waitUntil: 'commit' })
  return page.evaluate(shown, selector)
}

/** The same from a click. */
export function clickUntil(page: Page, button: string, selector: string): Promise<number> {
  return page.evaluate(async ([button, selector]) => {
    const began = performance.now()
    document.querySelector<HTMLElement>(button)?.click()
    while (!document.querySelector(selector)) await new Promise(requestAnimationFrame)
    await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)))
    return performance.now() - began
  }, [button, selector] as const)
}

async function shown(selector: string): Promise<number> {
  while (!document.querySelector(selector)) await new Promise(requestAnimationFrame)
  await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)))
  return performance.now() // since the navigation began
}
