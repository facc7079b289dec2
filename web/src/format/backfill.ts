export const backfills = ['30d', '90d', '6m', '1y', 'all'] as const
export type Backfill = (typeof backfills)[number]
export const backfillWords: Record<Backfill, string> = { '30d': '30 days', '90d': '90 days', '6m': '6 months', '1y': '1 year', all: 'Everything' }

/** The first day that is read; undefined for everything. Days, so that the same choice stays the same request. */
export function backfillFrom(backfill: Backfill, now: Date): string | undefined {
  const day = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()))
  switch (backfill) {
    case '30d': day.setUTCDate(day.getUTCDate() - 30); break
    case '90d': day.setUTCDate(day.getUTCDate() - 90); break
    case '6m': day.setUTCMonth(day.getUTCMonth() - 6); break
    case '1y': day.setUTCFullYear(day.getUTCFullYear() - 1); break
    case 'all': return undefined
  }
  return day.toISOString().replace('.000', '')
}
