const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** "12 s ago", "in 5 min", "3 h ago"; older than a week is a date, which says more. */
export function relative(at: Date, now: Date): string {
  const ahead = at.getTime() - now.getTime()
  const distance = Math.abs(ahead)
  if (distance < 5 * second) return 'just now'
  if (distance >= 7 * day) return date(at, now)
  const text = distance < minute ? `${Math.floor(distance / second)} s`
    : distance < hour ? `${Math.floor(distance / minute)} min`
    : distance < day ? `${Math.floor(distance / hour)} h`
    : Math.floor(distance / day) === 1 ? '1 day' : `${Math.floor(distance / day)} days`
  return ahead > 0 ? `in ${text}` : `${text} ago`
}

/** A day, with its year where that is not this one. */
export function date(at: Date, now: Date): string {
  const year = at.getFullYear() === now.getFullYear() ? undefined : 'numeric'
  return at.toLocaleDateString(undefined, { day: 'numeric', month: 'short', year })
}

/** The exact time with the zone that it is told in. */
export function absolute(at: Date): string {
  return at.toLocaleString(undefined, {
    weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short',
  })
}

/** The time of day; with the day where that is not today. */
export function clock(at: Date, now: Date): string {
  const time = at.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })
  return at.toDateString() === now.toDateString() ? time : `${date(at, now)}, ${time}`
}

/** 75 → "1 min 15 s", 7260 → "2 h 1 min". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const parts: [number, string][] = [[Math.floor(whole / 86400), 'd'], [Math.floor(whole / 3600) % 24, 'h'], [Math.floor(whole / 60) % 60, 'min'], [whole % 60, 's']]
  const first = parts.findIndex(([n]) => n > 0)
  if (first < 0) return '0 s'
  return parts.slice(first, first + 2).filter(([n]) => n > 0).map(([n, unit]) => `${n} ${unit}`).join(' ')
}

/** The viewer's time zone, as "Europe/Berlin". */
export function zone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}
