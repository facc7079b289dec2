import { describe, expect, it } from 'vitest'
import { hueOf, initials } from './initials'

describe('initials', () => {
  it.each([['octo-org', 'OO'], ['acme-data-team', 'AD'], ['golden', 'Go'], ['IBM', 'IB'], ['x', 'X'], ['a-1', 'A1'], ['3scale', '3s'], ['-', '']])('%s is %s', (login, letters) => {
    expect(initials(login)).toBe(letters)
  })
})

describe('hueOf', () => {
  it('is the same however a login is written', () => expect(hueOf('Octo-Org')).toBe(hueOf('octo-org')))
  it('tells others apart', () => expect(hueOf('acme')).not.toBe(hueOf('acmf')))
  it('is a colour', () => {
    for (const login of ['', 'a', 'octo-org', 'a'.repeat(39)]) {
      expect(hueOf(login)).toBeGreaterThanOrEqual(0)
      expect(hueOf(login)).toBeLessThan(360)
    }
  })
})
