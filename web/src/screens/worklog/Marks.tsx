import { count } from '../../format/count'
import { marksOf, type Counts, type Kind } from './kinds'
import classes from './worklog.module.css'

const step = 11
const row = 12

/** One mark in a square of 10. */
const shapes: Record<Kind, string> = {
  commit: 'M1 5a4 4 0 1 0 8 0a4 4 0 1 0-8 0z',
  merge_commit: 'M5 .3 9.7 5 5 9.7.3 5z',
  pull_request: 'M5 .8 9.6 9.2H.4z',
  comment: 'M1.2 1.2H8.8V8.8H1.2z',
  ticket: 'M3.6.8H6.4V3.6H9.2V6.4H6.4V9.2H3.6V6.4H.8V3.6H3.6z',
}

/** The mark of a kind, as a legend shows it. */
export function Mark({ kind, hollow = false }: { kind: Kind; hollow?: boolean }) {
  return <svg className={classes.mark} width="10" height="10" viewBox="0 0 10 10" aria-hidden="true"><path d={shapes[kind]} data-kind={kind} data-hollow={hollow || undefined} /></svg>
}

/** What somebody did on a day: a row for each kind, of which those with nothing stay free. The words are on the button around it. */
export function Marks({ counts, kinds }: { counts: Counts; kinds: readonly Kind[] }) {
  return (
    <span className={classes.marks} style={{ gridTemplateRows: `repeat(${kinds.length}, ${row}px)` }} aria-hidden="true">
      {kinds.map((kind, at) => counts[kind] > 0 && <Row key={kind} kind={kind} at={at} {...marksOf(counts, kind)} />)}
    </span>
  )
}

function Row({ kind, at, filled, hollow, more }: { kind: Kind; at: number; filled: number; hollow: number; more: number }) {
  const marks = (from: number, n: number, isHollow: boolean) => Array.from({ length: n }, (_, i) => (
    <path key={from + i} transform={`translate(${(from + i) * step} 1)`} d={shapes[kind]} data-kind={kind} data-hollow={isHollow || undefined} />
  ))
  return (
    <svg width={6 * step + 24} height={row} style={{ gridRow: at + 1 }}>
      {marks(0, filled, false)}
      {marks(filled, hollow, true)}
      {more > 0 && <text x={6 * step + 1} y={10}>+{count(more)}</text>}
    </svg>
  )
}
