import { memo, useDeferredValue } from 'react'
import type { WorkLog } from '../../api/worklog'
import { Initials } from '../../parts/Initials'
import { dayWords, isWeekend } from '../../format/days'
import { mayLack } from './incomplete'
import { countWords, kinds as allKinds, total, type Counts, type Kind } from './kinds'
import { Mark, Marks } from './Marks'
import type { WorkLogSearch } from './search'
import classes from './worklog.module.css'

export type OpenCell = (cell: Pick<WorkLogSearch, 'day' | 'key' | 'bots'>) => void

/** Rows that are drawn at once; the others follow when those are there to see. */
const firstRows = 30

interface Props { log: WorkLog; kinds: Kind[]; open: OpenCell }

/** A row for each person or repository, a column for each day. */
export const Grid = memo(function Grid({ log, kinds, open }: Props) {
  const what = log.group === 'person' ? 'Person' : 'Repository'
  const groups = useDeferredValue(log.groups, log.groups.slice(0, firstRows))
  return (
    <div className={`panel ${classes.scroller}`}>
      <table className={classes.grid} data-testid="grid">
        <caption className="visually-hidden">Activity of each {what.toLowerCase()} on each day in {log.zone}</caption>
        <thead>
          <tr>
            <th scope="col">{what}</th>
            {log.days.map((day) => (
              <th key={day.date} scope="col" data-weekend={isWeekend(day.date) || undefined}>
                {dayWords(day.date)}
                {mayLack(log, day) && <span className="visually-hidden"> (may be incomplete)</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {groups.map((group) => (
            <Row key={group.key} name={group.name} total={group.total} counts={group.days} log={log} kinds={kinds} repository={group.repository_id ?? null} open={(day) => open({ day, key: group.key })} />
          ))}
          {log.bots.people > 0 && <Row name={`Bots (${log.bots.people})`} total={log.bots.total} counts={log.bots.days} log={log} kinds={kinds} repository={null} isBots open={(day) => open({ day, bots: true })} />}
        </tbody>
      </table>
      {log.groups_total > log.groups.length && <p className={classes.cut}>The first {log.groups.length} of {log.groups_total} are shown. Filter, or sort by activity, to see others.</p>}
    </div>
  )
})

interface RowProps { name: string; total: Counts; counts: Counts[]; log: WorkLog; kinds: Kind[]; repository: number | null; isBots?: boolean; open: (day: string) => void }

function Row({ name, total: sum, counts, log, kinds, repository, isBots, open }: RowProps) {
  return (
    <tr data-bots={isBots || undefined}>
      <th scope="row">
        <span className={classes.name}>{!isBots && <Initials of={name} />}<span>{name}</span></span>
        <Totals counts={sum} />
      </th>
      {log.days.map((day, i) => {
        const of = counts[i]
        const lacks = mayLack(log, day, { repository_id: repository })
        const did = of ? countWords(of) : ''
        return (
          <td key={day.date} data-label={dayWords(day.date)} data-lacks={lacks || undefined} data-weekend={isWeekend(day.date) || undefined} data-nothing={did === '' || undefined}>
            {of && did !== ''
              ? <button type="button" className={classes.cell} aria-label={`${name}, ${dayWords(day.date)}: ${did}${lacks ? '; may be incomplete' : ''}`} onClick={() => open(day.date)}><Marks counts={of} kinds={kinds} /></button>
              : <span className="visually-hidden">{lacks ? 'Nothing yet; may be incomplete' : 'Nothing'}</span>}
          </td>
        )
      })}
    </tr>
  )
}

function Totals({ counts }: { counts: Counts }) {
  if (total(counts) === 0) return null
  return (
    <span className={classes.totals}>
      <span className="visually-hidden">{countWords(counts)}</span>
      {allKinds.filter((kind) => counts[kind] > 0).map((kind) => <span key={kind} aria-hidden="true"><Mark kind={kind} />{counts[kind]}</span>)}
    </span>
  )
}
