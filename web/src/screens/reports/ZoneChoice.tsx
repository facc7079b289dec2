import { NativeSelect } from '@mantine/core'
import { zone as ownZone } from '../../format/time'

interface Props { label: string; zone: string; change: (next: { zone: string | undefined }) => void }

/** Where days begin: the viewer's own zone, which no address names, UTC, and every other that the browser knows. */
export function ZoneChoice({ label, zone, change }: Props) {
  const own = ownZone()
  const others = Intl.supportedValuesOf('timeZone').filter((name) => name !== own && name !== 'UTC')
  const first = [{ value: own, label: `${own} (yours)` }, ...(own === 'UTC' ? [] : [{ value: 'UTC', label: 'UTC' }])]
  const isKnown = zone === own || zone === 'UTC' || others.includes(zone)
  return (
    <NativeSelect
      label={label} size="sm" value={zone} data-testid="zone" maw="16rem"
      data={[...first, ...(isKnown ? [] : [{ value: zone, label: zone }]), { group: 'Other time zones', items: others }]}
      onChange={(event) => change({ zone: event.currentTarget.value === own ? undefined : event.currentTarget.value })}
    />
  )
}
