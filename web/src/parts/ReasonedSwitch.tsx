import { Switch } from '@mantine/core'

interface Props {
  label: React.ReactNode
  checked: boolean
  /** The id of the text that says why it cannot be used now. It stays focusable, so that the reason can be read. */
  reasonId?: string | undefined
  saving?: boolean
  onSwitch: (on: boolean) => void
  testId?: string
}

/** A switch that asks before anything changes: it shows what is, not what was clicked. */
export function ReasonedSwitch({ label, checked, reasonId, saving = false, onSwitch, testId }: Props) {
  const off = reasonId !== undefined || saving
  return (
    <Switch
      label={label} checked={checked} aria-busy={saving || undefined} data-testid={testId}
      onChange={() => { if (!off) onSwitch(!checked) }}
      {...(off && { 'aria-disabled': true, 'aria-describedby': reasonId, styles: { track: { opacity: 0.5, cursor: 'not-allowed' }, label: { cursor: 'not-allowed' } } })}
    />
  )
}
