import { Text } from '@mantine/core'
import { useId } from 'react'
import classes from './wizard.module.css'

interface Props {
  group: string
  title: React.ReactNode
  checked: boolean
  onChoose: () => void
  /** Why it cannot be chosen. It can be reached all the same, so that the reason is found. */
  reason?: string | undefined
  testId?: string
  children?: React.ReactNode
}

/** One of several ways, as a native radio button with a text. */
export function Card({ group, title, checked, onChoose, reason, testId, children }: Props) {
  const id = useId()
  return (
    <label className={`panel ${classes.card}`} data-off={reason ? true : undefined}>
      <input
        type="radio" name={group} checked={checked} onChange={() => reason || onChoose()} data-testid={testId} aria-labelledby={`${id}-title`} aria-describedby={`${id}-text`}
        {...(reason && { 'aria-disabled': true })}
      />
      <span style={{ minWidth: 0 }}>
        <Text fw={600} component="span" display="block" id={`${id}-title`} {...(reason && { c: 'dimmed' })}>{title}</Text>
        <span id={`${id}-text`}>
          {children}
          {reason && <Text size="sm" component="span" display="block" mt={4} style={{ overflowWrap: 'anywhere' }}><strong>Not set up here.</strong> {reason}</Text>}
        </span>
      </span>
    </label>
  )
}
