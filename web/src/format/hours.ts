import { count } from './count'

const tenths = new Intl.NumberFormat(undefined, { minimumFractionDigits: 1, maximumFractionDigits: 1 })

const inDays = 48 // hours from which days say more
const inWholeDays = 2400

/** 3.4 → "3.4 h", 50.4 → "2.1 days", 22453 → "936 days"; what is not known is a dash. */
export function hours(h: number | null | undefined): string {
  if (h === null || h === undefined) return '–'
  if (h < inDays) return `${tenths.format(h)} h`
  return h < inWholeDays ? `${tenths.format(h / 24)} days` : `${count(Math.round(h / 24))} days`
}

/** 12.5 → "12.5 %": a share that the API has worked out. */
export function share(percent: number | null | undefined): string {
  return percent === null || percent === undefined ? '–' : `${tenths.format(percent)} %`
}

/** 2.884 → "2.9". */
export function tenth(n: number | null | undefined): string {
  return n === null || n === undefined ? '–' : tenths.format(n)
}
