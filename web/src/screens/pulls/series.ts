import { count, plural } from '../../format/count'
import { dateWords } from '../../format/days'
import { hours, share } from '../../format/hours'
import { ticks, wholeTicks } from './scale'

export interface Series { name: string; mark: 'first' | 'second'; values: (number | null)[] }

/** Numbers of each week, and how they are shown. */
export interface ByWeek {
  form: 'line' | 'bar'
  weeks: { starts: string; partial: boolean }[]
  series: Series[]
  /** One number in words. */
  words: (value: number | null) => string
  /** The ticks up to the most that there is, what stands beside each, and their unit. */
  axis: (most: number) => { ticks: number[]; label: (tick: number) => string; unit: string }
}

type Kind = Pick<ByWeek, 'words' | 'axis'>

export const ofHours: Kind = {
  words: hours,
  axis: (most) => {
    const unit = most >= 72 ? { name: 'days', hours: 24 } : { name: 'hours', hours: 1 }
    return { ticks: ticks(most / unit.hours).map((t) => t * unit.hours), label: (tick) => count(tick / unit.hours), unit: unit.name }
  },
}

export const ofShares: Kind = { words: share, axis: () => ({ ticks: [0, 25, 50, 75, 100], label: count, unit: '%' }) }

export const ofThings = (unit: string): Kind => ({
  words: (value) => (value === null ? '–' : count(value)),
  axis: (most) => ({ ticks: wholeTicks(most), label: count, unit }),
})

/** What somebody who does not see the picture is told of it. */
export function summaryOf(title: string, { weeks, series, words }: ByWeek, now = new Date()): string {
  const first = weeks[0]
  const last = weeks.at(-1)
  if (!first || !last) return title
  const told = series.map(({ name, values }) => {
    const known = values.filter((v) => v !== null)
    if (known.length === 0) return `${name}: nothing in any week`
    return `${name}: from ${words(Math.min(...known))} to ${words(Math.max(...known))}, the latest ${words(known.at(-1) ?? null)}`
  })
  return `${title}, ${plural(weeks.length, 'week')} from ${dateWords(first.starts, now)} to ${dateWords(last.starts, now)}. ${told.join('. ')}.`
}
