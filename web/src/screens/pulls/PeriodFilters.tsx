import { Group, NativeSelect, TextInput } from '@mantine/core'
import { zone as ownZone } from '../../format/time'
import { ZoneChoice } from '../reports/ZoneChoice'
import { periods, type PullsSearch } from './search'

const words = { month: 'Last 30 days', quarter: 'Last 90 days', year: 'Last year', chosen: 'From … through …' } as const

interface Props { search: PullsSearch; days: { from: string; through: string }; change: (next: PullsSearch) => void }

/** When, and where days begin. */
export function PeriodFilters({ search, days, change }: Props) {
  const choose = (value: string) => {
    const period = periods.find((p) => p === value) ?? 'quarter'
    change(period === 'chosen' ? { period, ...days } : { period: period === 'quarter' ? undefined : period, from: undefined, through: undefined })
  }
  return (
    <Group gap="sm" align="end" role="search" aria-label="Period and time zone" style={{ flex: '1 1 18rem' }}>
      <NativeSelect label="Period" value={search.period ?? 'quarter'} data={periods.map((p) => ({ value: p, label: words[p] }))} onChange={(event) => choose(event.currentTarget.value)} style={{ flex: '0 1 12rem' }} />
      {search.period === 'chosen' && (
        <>
          <TextInput type="date" label="From" value={days.from} max={days.through} onChange={(event) => { if (event.currentTarget.value) change({ from: event.currentTarget.value }) }} />
          <TextInput type="date" label="Through" value={days.through} min={days.from} onChange={(event) => { if (event.currentTarget.value) change({ through: event.currentTarget.value }) }} />
        </>
      )}
      <ZoneChoice label="Days in" zone={search.zone ?? ownZone()} change={change} />
    </Group>
  )
}
