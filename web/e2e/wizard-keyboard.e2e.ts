import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { stage, newPage, useBrowser } from './browser'

useBrowser()

/** Presses Tab until something with this name has the focus. Fails where the keyboard does not come to it. */
async function tabTo(page: Page, name: RegExp | string) {
  const seen: string[] = []
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab')
    const focused = await page.evaluate(() => {
      const e = document.activeElement
      if (!(e instanceof HTMLElement)) return ''
      const labelled = e.getAttribute('aria-labelledby')?.split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join(' ')
      return (labelled ?? e.getAttribute('aria-label') ?? (e instanceof HTMLInputElement ? [...(e.labels ?? [])].map((l) => l.textContent).join('') : undefined) ?? e.textContent ?? '').trim()
    })
    seen.push(focused)
    if (typeof name === 'string' ? focused === name : name.test(focused)) return
  }
  throw new Error(`Tab does not come to ${name}, but to: ${seen.join(', ')}`)
}

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor()

test('a token becomes an integration by the keyboard alone', async () => {
  const world = await stage<{ token: string; login: string }>('world')
  const page = await newPage()
  await page.goto('/settings/integrations')
  await heading(page, 'Integrations')
  await tabTo(page, 'Add integration')
  await page.keyboard.press('Enter')
  await heading(page, 'Step 1 of 5')
  await tabTo(page, 'GitHub Cloud')
  await page.keyboard.press('Space')
  await tabTo(page, 'Next')
  await page.keyboard.press('Enter')
  await heading(page, 'Step 2 of 5')
  await tabTo(page, /^GitHub App/)
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.getByRole('radio', { name: 'Personal access token', checked: true }).waitFor()
  await tabTo(page, 'Next')
  await page.keyboard.press('Enter')
  await heading(page, 'Step 3 of 5')
  await tabTo(page, 'Personal access token')
  await page.keyboard.insertText(world.token)
  await page.keyboard.press('Enter')
  await page.getByText(`Successfully connected via ${world.login}`, { exact: true }).waitFor()
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Next')
  await page.keyboard.press('Enter')
  await heading(page, 'Step 4 of 5')
  await tabTo(page, /Tickets/)
  await page.keyboard.press('Space')
  await tabTo(page, '90 days')
  await page.keyboard.press('ArrowDown')
  await page.getByRole('radio', { name: '6 months', checked: true }).waitFor()
  await tabTo(page, 'Next')
  await page.keyboard.press('Enter')
  await heading(page, 'Step 5 of 5')
  await tabTo(page, /^Name/)
  await page.keyboard.press('Control+A')
  await page.keyboard.insertText('By keyboard')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/settings\/integrations\/[0-9a-f-]{36}/)
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1')
  const created = await stage<{ name: string; tickets: boolean }[]>('integrations')
  expect(created.find((i) => i.name === 'By keyboard')).toMatchObject({ tickets: false })
})
