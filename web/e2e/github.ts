import type { Page } from 'playwright-core'

/** Presses a button on GitHub's page, as somebody. */
export async function answer(gitHub: Page, login: string, button: 'Authorize' | 'Cancel') {
  await gitHub.getByLabel('Account').selectOption(login)
  await gitHub.getByRole('button', { name: button }).click()
}

/** The window that something opens. */
export async function windowOf(page: Page, open: () => Promise<unknown>): Promise<Page> {
  const [opened] = await Promise.all([page.context().waitForEvent('page'), open()])
  return opened
}
