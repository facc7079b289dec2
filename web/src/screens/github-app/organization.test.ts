import { describe, expect, it } from 'vitest'
import { organizationError } from './organization'

describe('organizationError', () => {
  it.each(['octo-org', ' acme ', '9lives', 'a'.repeat(39)])('takes %s', (name) => expect(organizationError(name)).toBeUndefined())
  it.each(['', '  ', '-acme', 'octo org', 'github.com/acme', 'a'.repeat(40), 'größe'])('refuses %s', (name) => expect(organizationError(name)).toBeDefined())
})
