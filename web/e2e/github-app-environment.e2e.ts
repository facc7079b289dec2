import { expect, test } from 'vitest'
import { expectAccessible, picture, stage, useBrowser, visit } from './browser'

useBrowser()

test('an App that the settings name is shown, and changed there only', async () => {
  const { slug } = await stage<{ slug: string }>('world')
  await visit('/settings/github-app', async (page) => {
    const app = page.getByTestId('github-app')
    await app.getByRole('heading', { name: slug }).waitFor()
    await app.getByText('They win over an App that is created here').waitFor()
    expect(await page.getByTestId('forget-github-app').count()).toBe(0)
    await expectAccessible(page)
    await picture(page, 'github-app-environment')
  })
})
