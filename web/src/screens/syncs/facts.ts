import type { components } from '../../api/schema'
import type { Schedule } from '../../api/schedules'
import type { Verification } from '../../api/verifications'
import { count, plural } from '../../format/count'
import { duration } from '../../format/time'

type Sync = components['schemas']['Sync']

/** "2 min active, 1 h waiting": parts of a sync wait side by side, so that together they can have waited longer than it took. */
export function durationWords({ started_at, ended_at, usage }: Pick<Sync, 'started_at' | 'ended_at' | 'usage'>, now: Date): string {
  if (!started_at) return '–'
  const whole = Math.max(0, ((ended_at ? new Date(ended_at) : now).getTime() - new Date(started_at).getTime()) / 1000)
  const waiting = Math.min(usage.waited_seconds, whole)
  return waiting < 1 ? duration(whole) : `${duration(whole - waiting)} active, ${duration(waiting)} waiting`
}

/** "12 requests, 340 points". */
export function usageWords({ requests, graphql_points: points }: Sync['usage']): string {
  return points > 0 ? `${plural(requests, 'request')}, ${plural(points, 'point')}` : plural(requests, 'request')
}

/** "8 completed, 1 failed", without what there is none of. */
export function statesWords(states: Record<string, number>): string {
  return Object.entries(states).filter(([, n]) => n > 0).map(([state, n]) => `${count(n)} ${state}`).join(', ')
}

/** "Every 15 min", or the cron text with its zone. */
export function whenWords({ cron, interval_seconds, time_zone }: Pick<Schedule, 'cron' | 'interval_seconds' | 'time_zone'>): string {
  return cron ? `Cron ${cron} (${time_zone})` : `Every ${duration(interval_seconds)}`
}

/** Why it comes more seldom or more often than was chosen. */
export function paceWords({ pace, effective_interval_seconds: seconds }: Pick<Schedule, 'pace' | 'effective_interval_seconds'>): string | undefined {
  switch (pace) {
    case 'as_chosen': return undefined
    case 'slower': return `Now every ${duration(seconds)}, since webhooks tell what is new.`
    case 'faster': return `Now every ${duration(seconds)}, since webhooks are on and do not work.`
  }
}

/** "1,500 rows of 8 repos compared one by one: nothing differs." */
export function comparedWords({ ended_at, compared, repositories, drifts, repaired }: Pick<Verification, 'ended_at' | 'compared' | 'repositories' | 'drifts' | 'repaired'>): string {
  const extent = `${plural(compared, 'row')} of ${plural(repositories, 'repo')} compared one by one`
  const found = drifts === 0 ? 'nothing differs' : `${plural(drifts, 'difference')}${repaired > 0 ? `, ${count(repaired)} mended` : ''}`
  return ended_at ? `${extent}: ${found}.` : `Comparing… ${extent} so far, ${found}.`
}
