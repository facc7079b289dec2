import { test } from 'vitest'
import { setting, useBrowser } from '../e2e/browser'
import { again, note, openUntil } from './measure'

useBrowser()

test('the Work log', () => again(async (page) => {
  note('work_log', await openUntil(page, `/reports/work-log?from=${setting('MONDAY')}`, '[data-testid=grid] tbody tr'))
}))

test('the pull requests of a year', () => again(async (page) => {
  note('pull_requests', await openUntil(page, '/reports/pull-requests?part=time&period=year', '[data-testid=key-number]'))
}))
