import { describe, expect, it } from 'vitest'
import { hours, share } from './hours'

describe('hours', () => {
  it.each([[null, '–'], [undefined, '–'], [0, '0.0 h'], [3.4, '3.4 h'], [47.9, '47.9 h'], [48, '2.0 days'], [50.4, '2.1 days'], [2397.6, '99.9 days'], [2400, '100 days'], [108581, '4,524 days']])('%s is %s', (h, want) => expect(hours(h)).toBe(want))
})

describe('share', () => {
  it.each([[null, '–'], [0, '0.0 %'], [12.5, '12.5 %'], [100, '100.0 %']])('%s is %s', (percent, want) => expect(share(percent)).toBe(want))
})
