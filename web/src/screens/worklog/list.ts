import type { WorkLog } from '../../api/worklog'
import { total, type Counts, type Kind } from './kinds'

/** What one group, or the bots together, did on a day. */
interface Line { id: string; name: string; key: string | undefined; repository: number | null; day: WorkLog['days'][number]; counts: Counts }
export type ListSort = 'name' | 'day' | Kind

/** The cells of the grid that are not empty, as lines. */
export function linesOf(log: WorkLog): Line[] {
  const rows = log.groups.map((g) => ({ name: g.name, key: g.key as string | undefined, repository: g.repository_id ?? null, days: g.days }))
  if (log.bots.people > 0) rows.push({ name: `Bots (${log.bots.people})`, key: undefined, repository: null, days: log.bots.days })
  return rows.flatMap(({ days, ...row }) => log.days.flatMap((day, i) => {
    const counts = days[i]
    return counts && total(counts) > 0 ? [{ ...row, id: `${row.key ?? ''} ${day.date}`, day, counts }] : []
  }))
}

/** What is counted on a day of a group, by its key, or of the bots, where none is named. */
export function countsOf(log: WorkLog, day: string, key: string | undefined): Counts | undefined {
  const row = key === undefined ? log.bots : log.groups.find((group) => group.key === key)
  return row?.days[log.days.findIndex(({ date }) => date === day)]
}

/** Numbers begin with the highest, days with the latest; what is equal stays in the order of the grid. */
export function sorted(lines: Line[], by: ListSort, reversed: boolean): Line[] {
  const compare = (a: Line, b: Line) => {
    switch (by) {
      case 'name': return a.name.localeCompare(b.name)
      case 'day': return b.day.date.localeCompare(a.day.date)
      default: return b.counts[by] - a.counts[by]
    }
  }
  return [...lines].sort((a, b) => (reversed ? -1 : 1) * compare(a, b))
}
