import type { Schedule, ScheduleRequest } from '../../api/schedules'

/** What the schedule editor holds: an interval, or a cron text with its time zone. */
interface Plan { seconds: number | undefined; cron: string; zone: string }

const presets = [5, 15, 30, 60].map((minutes) => minutes * 60)

/** The intervals to choose from, with the one that counts now where somebody chose it elsewhere. */
export function intervals(current: number): number[] {
  return current === 0 || presets.includes(current) ? presets : [...presets, current].sort((a, b) => a - b)
}

/** A cron text begins in the viewer's time zone: people think in their own. */
export function planOf({ cron, interval_seconds, time_zone }: Schedule, zone: string): Plan {
  return cron ? { seconds: undefined, cron, zone: time_zone } : { seconds: interval_seconds, cron: '', zone }
}

/** How late syncs begin stays as it is, as far as the interval allows. */
export function requestOf({ seconds, cron, zone }: Plan, { jitter_seconds }: Pick<Schedule, 'jitter_seconds'>): ScheduleRequest {
  return seconds === undefined ? { cron: cron.trim(), time_zone: zone, jitter_seconds } : { interval_seconds: seconds, time_zone: 'UTC', jitter_seconds: Math.min(jitter_seconds, seconds) }
}

export function isChanged(plan: Plan, now: Schedule): boolean {
  return plan.seconds === undefined ? plan.cron.trim() !== now.cron || plan.zone !== now.time_zone : plan.seconds !== now.interval_seconds
}

/** Every zone that the browser knows, and those that it does not. */
export function zones(...more: string[]): string[] {
  return [...new Set(['UTC', ...more, ...Intl.supportedValuesOf('timeZone')])]
}
