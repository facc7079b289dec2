import type { WorkLog } from '../../api/worklog'
import { plural } from '../../format/count'
import { Notice } from '../../parts/Notice'
import { dayOf, dayWords } from '../../format/days'
import classes from './worklog.module.css'

const shownAtOnce = 3

/** Which repositories the days do not have all of. */
export function IncompleteNotice({ log }: { log: WorkLog }) {
  const [first, ...others] = log.incomplete
  if (!first) return null
  const words = ({ repository, complete_through: through }: typeof first) => (through
    ? `${repository} is complete only to ${dayWords(dayOf(new Date(through), log.zone), { day: 'numeric', month: 'short' })}; later days may be missing`
    : `${repository} is not read to its end yet; any day may be missing`)
  const rest = others.slice(shownAtOnce - 1)
  const unnamed = log.incomplete_total - log.incomplete.length
  return (
    <Notice tone="amber" role="status" title={words(first)} testId="incomplete">
      {others.length > 0 && (
        <>
          <ul className={classes.incomplete}>{others.slice(0, shownAtOnce - 1).map((one) => <li key={one.repository_id}>{words(one)}</li>)}</ul>
          {rest.length > 0 && <details><summary>{plural(rest.length + unnamed, 'more repo')}</summary><ul className={classes.incomplete}>{rest.map((one) => <li key={one.repository_id}>{words(one)}</li>)}</ul></details>}
        </>
      )}
    </Notice>
  )
}
