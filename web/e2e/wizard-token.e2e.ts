import { expect, test } from 'vitest'
import { expectAccessible, stage, newPage, picture, useBrowser } from './browser'

interface World { token: string; limited: string; revoked: string; login: string; open: string; guarded: string }

useBrowser()

test('a token is tested, survives a reload sealed, and becomes an integration', async () => {
  const world = await stage<World>('world')
  const page = await newPage()
  await page.goto('/settings/integrations')
  await page.getByTestId('add-integration').first().click()

  await page.getByRole('heading', { level: 1, name: 'Step 1 of 5: Provider' }).waitFor()
  await page.getByText('Integration Provider').waitFor()
  await expectAccessible(page)
  await picture(page, 'wizard-1-provider')
  await page.getByRole('radio', { name: 'GitHub Cloud' }).check()
  await page.getByTestId('next').click()

  await page.getByRole('heading', { level: 1, name: 'Step 2 of 5: Method' }).waitFor()
  expect(await page.getByRole('radio').count()).toBe(3)
  await page.getByRole('radio', { name: 'Personal access token' }).check()
  expect(new URL(page.url()).searchParams.get('method')).toBe('personal_access_token')
  await expectAccessible(page)
  await picture(page, 'wizard-2-method')
  await page.getByTestId('next').click()

  await page.getByRole('heading', { level: 1, name: 'Step 3 of 5: Token' }).waitFor()
  expect(await page.title()).toContain('Step 3 of 5')
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1')
  expect(await page.getByTestId('next').getAttribute('aria-disabled')).toBe('true')
  await expectAccessible(page)
  await picture(page, 'wizard-3-token')

  const field = page.getByRole('textbox', { name: 'Personal access token' })
  for (const [token, code] of [[world.revoked, 'token_invalid'], [world.limited, 'scope_missing']] as const) {
    await field.fill(token)
    await page.getByTestId('test-connection').click()
    await page.getByTestId(`cause-${code}`).waitFor()
    expect(await page.getByTestId('next').getAttribute('aria-disabled')).toBe('true')
    await expectAccessible(page)
    await picture(page, `wizard-3-token-${code}`)
  }

  await field.fill(`  ${world.token} `)
  expect(await page.getByTestId('cause-scope_missing').count()).toBe(0) // editing clears the result
  await page.getByTestId('test-connection').click()
  await page.getByTestId('connection-success').waitFor()
  expect(await page.getByTestId('connection-success').textContent()).toBe(`Successfully connected via ${world.login}`)
  const guarded = page.getByTestId(`org-${world.guarded}`)
  await guarded.getByText('SSO authorization needed').waitFor()
  expect(await guarded.getByRole('link', { name: 'Authorize in GitHub' }).getAttribute('href')).toContain('/sso')
  await expectAccessible(page)
  await picture(page, 'wizard-3-token-tested')

  // Greyed organizations can be reached, and not chosen.
  const box = guarded.getByRole('checkbox')
  expect(await box.getAttribute('aria-disabled')).toBe('true')
  await box.focus()
  await page.keyboard.press('Space')
  expect(await box.isChecked()).toBe(false)
  const open = page.getByTestId(`org-${world.open}`).getByRole('checkbox')
  expect(await open.isChecked()).toBe(true)

  // Next has the focus once a token works, and takes it from nobody later.
  await open.focus()
  for (const off of ['true', null]) {
    await page.keyboard.press('Space')
    await expect.poll(() => page.getByTestId('next').getAttribute('aria-disabled')).toBe(off)
  }
  expect(await open.evaluate((box) => box === document.activeElement)).toBe(true)

  await page.reload()
  await page.getByTestId('connection-success').waitFor()
  expect(await field.inputValue()).toBe('')
  await page.getByText('Scopes: 7 of 7 granted').waitFor()
  const kept = await page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }) + location.href + document.cookie)
  for (const token of [world.token, world.limited, world.revoked]) expect(kept).not.toContain(token)

  await stage('authorizeSSO')
  await page.getByTestId('check-again').click()
  await page.getByText('1 more organization can be chosen now').waitFor()
  expect(await box.isChecked()).toBe(true) // all that can be read, unless somebody says otherwise
  await box.uncheck()
  await page.getByTestId('check-again').click()
  await page.getByText('nothing has changed').waitFor()
  expect(await box.isChecked()).toBe(false)
  await page.getByTestId('next').click()

  await page.getByRole('heading', { level: 1, name: 'Step 4 of 5: Services' }).waitFor()
  await page.getByTestId('service-tickets').click()
  await page.getByRole('radio', { name: '1 year' }).check()
  await page.getByRole('radio', { name: 'All, and new ones automatically' }).check()
  await expectAccessible(page)
  await picture(page, 'wizard-4-services')
  await page.getByTestId('next').click()

  await page.getByRole('heading', { level: 1, name: 'Step 5 of 5: Name' }).waitFor()
  const name = page.getByTestId('integration-name')
  expect(await name.inputValue()).toBe(`GitHub – ${world.login}`)
  await name.fill('')
  await page.getByText('Enter a name.').first().waitFor()
  await name.fill('Acme’s 🎉')
  await page.reload()
  expect(await name.inputValue()).toBe('Acme’s 🎉')
  await page.getByText('Repos and Pull requests', { exact: true }).waitFor()
  await expectAccessible(page)
  await picture(page, 'wizard-5-name')
  await page.getByTestId('create').dblclick()
  await page.waitForURL(/\/settings\/integrations\/[0-9a-f-]{36}/)

  const created = await stage<{ name: string; organizations: string[]; tickets: boolean; autoImport: boolean }[]>('integrations')
  expect(created.filter((i) => i.organizations.includes(world.open))).toEqual([{ name: 'Acme’s 🎉', organizations: [world.open], tickets: false, autoImport: true }])

  // The name is taken now, and the organization is greyed with a link.
  await page.goto('/settings/integrations/new?provider=github_cloud&method=personal_access_token')
  await field.fill(world.token)
  await page.getByTestId('test-connection').click()
  await page.getByTestId(`org-${world.open}`).getByRole('link', { name: 'Acme’s 🎉' }).waitFor()
  await expectAccessible(page)
  await picture(page, 'wizard-3-token-claimed')
  await page.getByTestId('next').click()
  await page.getByTestId('next').click()
  await name.fill('acme’s 🎉')
  await page.getByText('Another integration has this name. Choose another one.').waitFor()
  expect(await page.getByTestId('create').getAttribute('aria-disabled')).toBe('true')
  await picture(page, 'wizard-5-name-taken')
})

test('of two tests the answer counts that is about the text in the field', async () => {
  const world = await stage<World>('world')
  const page = await newPage()
  await page.goto('/settings/integrations/new?provider=github_cloud&method=personal_access_token')
  let release = () => {}
  const held = new Promise<void>((resolve) => { release = resolve })
  await page.route('**/github/token/test', async (route) => { await held; await route.continue() }, { times: 1 })
  const field = page.getByRole('textbox', { name: 'Personal access token' })
  await field.fill(world.token)
  await page.getByTestId('test-connection').click()
  await page.getByText('Asking GitHub…').waitFor()
  await field.fill(world.limited)
  await page.getByTestId('test-connection').click()
  await page.getByTestId('cause-scope_missing').waitFor()
  const late = page.waitForResponse(/\/connections\/[0-9a-f-]{36}$/) // what is asked for when a token works
  release()
  await late
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
  expect(new URL(page.url()).searchParams.get('connection')).toBeNull()
  await page.getByTestId('cause-scope_missing').waitFor()
  expect(await page.getByTestId('next').getAttribute('aria-disabled')).toBe('true')
})

test('a step whose connection is missing leads back to it', async () => {
  const page = await newPage()
  await page.goto('/settings/integrations/new?provider=github_cloud&method=personal_access_token&step=name')
  await page.getByRole('heading', { level: 1, name: 'Step 3 of 5: Token' }).waitFor()
})
