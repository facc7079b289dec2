/** Days are "2026-03-29", without a zone: the zone says when they begin. */

const day = /^\d{4}-\d{2}-\d{2}$/

export function isDay(text: string): boolean {
  return day.test(text) && utc(text).toJSON()?.startsWith(text) === true
}

export function plusDays(from: string, days: number): string {
  const date = utc(from)
  date.setUTCDate(date.getUTCDate() + days)
  return date.toISOString().slice(0, 10)
}

export function mondayOf(date: string): string {
  return plusDays(date, -((utc(date).getUTCDay() + 6) % 7))
}

export function isWeekend(date: string): boolean {
  return [0, 6].includes(utc(date).getUTCDay())
}

/** The day that a moment is part of. */
export function dayOf(at: Date, zone: string): string {
  const parts = new Intl.DateTimeFormat('en', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).formatToParts(at)
  const part = (type: string) => parts.find((p) => p.type === type)?.value ?? ''
  return `${part('year')}-${part('month')}-${part('day')}`
}

/** "Tue, 3 Mar" as the viewer's language writes it. */
export function dayWords(date: string, form: Intl.DateTimeFormatOptions = { weekday: 'short', day: 'numeric', month: 'short' }): string {
  return new Intl.DateTimeFormat(undefined, { ...form, timeZone: 'UTC' }).format(utc(date))
}

/** "9 Mar", with its year where that is not the one of now. The day is one of a calendar, not a moment. */
export function dateWords(day: string, now: Date): string {
  const year = day.slice(0, 4) === String(now.getFullYear()) ? undefined : 'numeric'
  return new Date(day).toLocaleDateString(undefined, { day: 'numeric', month: 'short', year, timeZone: 'UTC' })
}

const utc = (date: string) => new Date(`${date}T00:00:00Z`)

/** A moment in the zone that days are shown in, and in UTC where that is another. */
export function timesOf(at: string, zone: string): string[] {
  const form = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  return [...new Set([zone, 'UTC'])].map((timeZone) => `${new Intl.DateTimeFormat(undefined, { ...form, timeZone }).format(new Date(at))} ${timeZone}`)
}
