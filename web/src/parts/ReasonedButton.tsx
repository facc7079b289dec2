import { Button, Tooltip, type ButtonProps } from '@mantine/core'
import { useId } from 'react'

interface Props extends ButtonProps {
  /** Why it cannot be used now; undefined when it can. It stays focusable, so that the reason can be read. */
  reason?: string | undefined
  onClick: () => void
  'data-testid'?: string
}

export function ReasonedButton({ reason, onClick, children, ...props }: Props) {
  const id = useId()
  if (!reason) return <Button {...props} onClick={onClick}>{children}</Button>
  return (
    <Tooltip label={reason}>
      <span>
        <Button {...props} aria-disabled="true" data-disabled aria-describedby={id} onClick={(event) => event.preventDefault()}>{children}</Button>
        <span id={id} className="visually-hidden">{reason}</span>
      </span>
    </Tooltip>
  )
}
