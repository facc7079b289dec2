import { Button, Group, NativeSelect, Text, TextInput } from '@mantine/core'
import { dayOf, dayWords, isDay, mondayOf, plusDays } from '../../format/days'
import { ZoneChoice } from '../reports/ZoneChoice'
import { mostWeeks, type WorkLogSearch } from './search'

interface Props { from: string; weeks: number; zone: string; now: Date; change: (next: WorkLogSearch) => void }

/** Which days are shown, and where they begin. */
export function WeekNavigation({ from, weeks, zone, now, change }: Props) {
  const monday = mondayOf(dayOf(now, zone))
  const go = (day: string) => change({ from: day === monday ? undefined : day })
  return (
    <Group gap="sm" align="end" mb="sm">
      <Button.Group>
        <Button variant="default" onClick={() => go(plusDays(from, -7 * weeks))} data-testid="prev"><span aria-hidden="true">‹</span>&nbsp;Previous</Button>
        <Button variant="default" onClick={() => go(monday)} data-testid="today">Today</Button>
        <Button variant="default" onClick={() => go(plusDays(from, 7 * weeks))} data-testid="next">Next&nbsp;<span aria-hidden="true">›</span></Button>
      </Button.Group>
      <TextInput type="date" label="Week of" size="sm" value={from} onChange={(event) => { if (isDay(event.currentTarget.value)) go(mondayOf(event.currentTarget.value)) }} />
      <NativeSelect
        label="Show" size="sm" value={weeks} data={Array.from({ length: mostWeeks }, (_, i) => ({ value: String(i + 1), label: i === 0 ? '1 week' : `${i + 1} weeks` }))}
        onChange={(event) => change({ weeks: Number(event.currentTarget.value) === 1 ? undefined : Number(event.currentTarget.value) })}
      />
      <ZoneChoice label="Days shown in" zone={zone} change={change} />
      <Text fw={650} lh="36px" role="status" data-testid="period">{periodWords(from, plusDays(from, 7 * weeks - 1))}</Text>
    </Group>
  )
}

function periodWords(from: string, through: string): string {
  const day = { day: 'numeric', month: 'short' } as const
  return `${dayWords(from, day)} – ${dayWords(through, { ...day, year: 'numeric' })}`
}
