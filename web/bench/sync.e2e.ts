import { expect, test } from 'vitest'
import { newPage, stage, useBrowser } from '../e2e/browser'
import { note } from './measure'

declare global {
  interface Window { smooth: { frame: number; task: number; changes: number } }
}

useBrowser()

test('a sync of 31 repositories on the Overview', async () => {
  const page = await newPage({ reducedMotion: 'no-preference' })
  const id = await stage<string>('connect')
  await page.goto(`/settings/integrations/${id}/overview`)
  const progress = page.getByTestId('progress')
  await progress.getByRole('progressbar').waitFor()
  await page.evaluate(() => {
    const smooth = window.smooth = { frame: 0, task: 0, changes: 0 }
    let before = performance.now()
    const frame = (now: number) => {
      smooth.frame = Math.max(smooth.frame, now - before)
      before = now
      requestAnimationFrame(frame)
    }
    requestAnimationFrame((now) => { before = now; requestAnimationFrame(frame) })
    new PerformanceObserver((list) => { for (const task of list.getEntries()) smooth.task = Math.max(smooth.task, task.duration) }).observe({ type: 'longtask' })
    new MutationObserver(() => { smooth.changes++ }).observe(document.body, { subtree: true, childList: true, characterData: true })
  })
  await page.getByRole('region', { name: 'Latest syncs' }).getByText('Completed').waitFor({ timeout: 200_000 })
  const { frame, task, changes } = await page.evaluate(() => window.smooth)
  expect(changes).toBeGreaterThan(10) // it was watched while something happened
  note('frame', frame)
  note('task', task)
})
