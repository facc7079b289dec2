import { count } from '../../format/count'
import { marksOf, type Counts, type Kind } from './kinds'
import classes from './worklog.module.css'

const step = 11
const row = 12

/** One mark in a square of 10: where its outline begins, and how it goes on from there. */
const shapes: Record<Kind, readonly [x: number, y: number, outline: string]> = {
  commit: [1, 5, 'a4 4 0 1 0 8 0a4 4 0 1 0-8 0z'],
  merge_commit: [5, 0.3, 'l4.7 4.7-4.7 4.7-4.7-4.7z'],
  pull_request: [5, 0.8, 'l4.6 8.4h-9.2z'],
  comment: [1.2, 1.2, 'h7.6v7.6h-7.6z'],
  ticket: [3.6, 0.8, 'h2.8v2.8h2.8v2.8h-2.8v2.8h-2.8v-2.8h-2.8v-2.8h2.8z'],
}

/** Marks beside each other as one path: a busy week has tens of thousands of them. */
function outline(kind: Kind, from: number, n: number, top: number): string {
  const [x, y, rest] = shapes[kind]
  return Array.from({ length: n }, (_, i) => `M${x + (from + i) * step} ${y + top}${rest}`).join('')
}

/** The mark of a kind, as a legend shows it. */
export function Mark({ kind, hollow = false }: { kind: Kind; hollow?: boolean }) {
  return <svg className={classes.mark} width="10" height="10" viewBox="0 0 10 10" aria-hidden="true"><path d={outline(kind, 0, 1, 0)} data-kind={kind} data-hollow={hollow || undefined} /></svg>
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
  return (
    <svg width={6 * step + 24} height={row} style={{ gridRow: at + 1 }}>
      {filled > 0 && <path d={outline(kind, 0, filled, 1)} data-kind={kind} />}
      {hollow > 0 && <path d={outline(kind, filled, hollow, 1)} data-kind={kind} data-hollow />}
      {more > 0 && <text x={6 * step + 1} y={10}>+{count(more)}</text>}
    </svg>
  )
}
