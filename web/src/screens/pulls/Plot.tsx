import { useElementSize } from '@mantine/hooks'
import { dateWords } from '../../format/days'
import { useNow } from '../../parts/useNow'
import classes from './chart.module.css'
import { labelled, pieces } from './scale'
import type { ByWeek, Series } from './series'

const height = 210
const margin = { top: 24, right: 10, bottom: 24, left: 40 }
const inner = height - margin.top - margin.bottom
const labelRoom = 62
const widestBar = 36

interface Where { x: (week: number) => number; y: (value: number) => number; band: number }

/** The picture in as many pixels as it has room for, so that its text is as large as other text. */
export function Plot({ chart, name }: { chart: ByWeek; name: string }) {
  const { ref, width } = useElementSize()
  const now = useNow()
  const { weeks, series, form, axis } = chart
  const { ticks, label, unit } = axis(Math.max(0, ...series.flatMap((s) => s.values.map((v) => v ?? 0))))
  const top = ticks.at(-1) ?? 1
  const room = Math.max(0, width - margin.left - margin.right)
  const band = room / Math.max(1, weeks.length)
  const at: Where = { band, x: (week) => margin.left + (week + 0.5) * band, y: (value) => margin.top + inner * (1 - value / top) }
  return (
    <div ref={ref} style={{ minHeight: height }}>
      {width > 0 && (
        <svg className={classes.plot} height={height} role="img" aria-label={name}>
          <text x={0} y={12}>{unit}</text>
          {ticks.map((tick) => (
            <g key={tick}>
              <line x1={margin.left} x2={width - margin.right} y1={at.y(tick)} y2={at.y(tick)} className={tick === 0 ? classes.axis : classes.grid} />
              <text x={margin.left - 8} y={at.y(tick)} dy="0.35em" textAnchor="end">{label(tick)}</text>
            </g>
          ))}
          {labelled(weeks.length, room, labelRoom).map((i) => <text key={i} x={at.x(i)} y={height - 6} textAnchor={band < labelRoom && i === weeks.length - 1 ? 'end' : 'middle'} dx={band < labelRoom && i === weeks.length - 1 ? band / 2 : 0}>{dateWords(weeks[i]?.starts ?? '', now)}</text>)}
          {series.map((s) => (form === 'bar' ? <Bars key={s.name} series={s} chart={chart} at={at} /> : <Line key={s.name} series={s} chart={chart} at={at} />))}
        </svg>
      )}
    </div>
  )
}

interface Props { series: Series; chart: ByWeek; at: Where }

function Bars({ series, chart: { weeks, words }, at }: Props) {
  const width = Math.min(widestBar, Math.max(2, at.band * 0.7))
  return weeks.map((week, i) => {
    const value = series.values[i] ?? null
    if (!value) return null
    return <rect key={week.starts} x={at.x(i) - width / 2} y={at.y(value)} width={width} height={at.y(0) - at.y(value)} className={`${classes.bar} ${classes[series.mark]}`} data-partial={week.partial || undefined}><title>{`${series.name}: ${words(value)}`}</title></rect>
  })
}

function Line({ series, chart: { weeks, words }, at }: Props) {
  const mark = classes[series.mark]
  const small = at.band < 12
  return pieces(series.values).map((piece) => (
    <g key={piece[0]?.at}>
      <path d={piece.map((p, i) => `${i === 0 ? 'M' : 'L'}${at.x(p.at)} ${at.y(p.value)}`).join('')} className={`${classes.line} ${mark}`} />
      {piece.map((p) => {
        const partial = weeks[p.at]?.partial
        if (small && piece.length > 1 && !partial) return null
        const shown = { className: `${classes.dot} ${mark}`, 'data-partial': partial || undefined, children: <title>{`${series.name}: ${words(p.value)}`}</title> }
        return series.mark === 'first'
          ? <circle key={p.at} cx={at.x(p.at)} cy={at.y(p.value)} r={4} {...shown} />
          : <rect key={p.at} x={at.x(p.at) - 3.5} y={at.y(p.value) - 3.5} width={7} height={7} {...shown} />
      })}
    </g>
  ))
}
