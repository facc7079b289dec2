/** Reads what an address says; whatever is not understood is left out, so that old links still work. */
export type Raw = Record<string, unknown>

export function text(raw: Raw, key: string): string | undefined {
  const value = raw[key]
  if (typeof value === 'number') return String(value) // the router reads ?q=2024 as a number
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function oneOf<T extends string>(raw: Raw, key: string, allowed: readonly T[]): T | undefined {
  const value = raw[key]
  return allowed.find((a) => a === value)
}

export function flag(raw: Raw, key: string): boolean | undefined {
  const value = raw[key]
  return typeof value === 'boolean' ? value : undefined
}

export function number(raw: Raw, key: string): number | undefined {
  const value = raw[key]
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined
}

/** A time zone that the browser knows. */
export function zone(raw: Raw, key: string): string | undefined {
  const value = text(raw, key)
  try {
    return value && new Intl.DateTimeFormat(undefined, { timeZone: value }) ? value : undefined
  } catch {
    return undefined
  }
}

/** Leaves out what is not set, so that addresses are short. */
export function compact<T extends object>(search: T): T {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as T
}
