import { Button, Group, Stack, Text, Title } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useId } from 'react'
import classes from './chart.module.css'
import { Plot } from './Plot'
import { summaryOf, type ByWeek } from './series'
import { WeekTable } from './WeekTable'

/** What was so in each week, as a picture or as a table with the same numbers. */
export function WeekChart({ title, chart }: { title: string; chart: ByWeek }) {
  const [asTable, { toggle }] = useDisclosure(false)
  const id = useId()
  const partial = chart.weeks.at(-1)?.partial
  const marked = chart.series.some(({ values }) => (chart.form === 'bar' ? (values.at(-1) ?? 0) > 0 : typeof values.at(-1) === 'number'))
  return (
    <Stack component="section" className={classes.chart} gap="xs" aria-labelledby={id} data-testid="chart">
      <Group justify="space-between" gap="xs" wrap="nowrap" align="start">
        <Title order={3} id={id}>{title}</Title>
        <Button size="xs" variant="default" style={{ flex: 'none' }} onClick={toggle}>{asTable ? 'Show as chart' : 'Show as table'}<span className="visually-hidden">: {title}</span></Button>
      </Group>
      {asTable ? <WeekTable caption={title} chart={chart} /> : <><Legend chart={chart} /><Plot chart={chart} name={summaryOf(title, chart)} /></>}
      {partial && <Text size="xs" c="dimmed">The last week is not over yet{marked && !asTable ? ': its mark is hollow.' : '.'}</Text>}
    </Stack>
  )
}

function Legend({ chart: { series, form } }: { chart: ByWeek }) {
  if (series.length < 2) return <div className={classes.legend} /> // so that pictures side by side stand in line
  return (
    <ul className={classes.legend}>
      {series.map((s) => (
        <li key={s.name}>
          <svg viewBox="0 0 24 12" aria-hidden="true" className={classes[s.mark]}>
            {form === 'line' && <path d="M0 6h24" className={`${classes.line} ${classes[s.mark]}`} />}
            {s.mark === 'first' ? <circle cx="12" cy="6" r="4" className={classes.dot} /> : <rect x="8.5" y="2.5" width="7" height="7" className={classes.dot} />}
          </svg>
          {s.name}
        </li>
      ))}
    </ul>
  )
}
