import { writeFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { setting } from '../e2e/browser'

const widths = [360, 768, 1440]
const least = 640
const most = 1400 // a long list looks the same further down

/** Takes a picture of what is shown, at each width and in each theme. */
export async function take(page: Page, name: string) {
  const camera = await page.context().newCDPSession(page)
  await page.mouse.move(0, 0)
  for (const width of widths) {
    await page.setViewportSize({ width, height: least })
    const height = await page.evaluate(() => Math.ceil(Math.max(document.documentElement.scrollHeight, ...[...document.querySelectorAll('[role=dialog]')].map((d) => d.scrollHeight))))
    await page.setViewportSize({ width, height: Math.min(most, height) })
    await page.evaluate(() => window.scrollTo(0, 0))
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.evaluate(() => new Promise((painted) => requestAnimationFrame(() => setTimeout(painted, 300))))
      const { data } = await camera.send('Page.captureScreenshot', { format: 'webp', quality: 55 })
      await writeFile(`${setting('PICTURES')}/${name}-${width}-${colorScheme}.webp`, Buffer.from(data, 'base64'))
    }
  }
  await camera.detach()
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 1440, height: 900 })
}
