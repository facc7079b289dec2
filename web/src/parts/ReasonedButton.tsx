import { Button, Tooltip, type ButtonProps } from '@mantine/core'
import { useId } from 'react'

interface Props extends ButtonProps {
  /** Why it cannot be used now; undefined when it can. It stays focusable, so that the reason can be read. */
  reason?: string | undefined
  onClick: () => void
  'data-testid'?: string
}

/** One and the same button with a reason and without, so that it keeps the focus when that changes. */
export function ReasonedButton({ reason, onClick, children, ...props }: Props) {
  const id = useId()
  const off = reason ? { 'aria-disabled': true, 'data-disabled': true, 'aria-describedby': id } : {}
  return (
    <Tooltip label={reason} disabled={!reason}>
      <span>
        <Button {...props} {...off} onClick={() => { if (!reason) onClick() }}>{children}</Button>
        {reason && <span id={id} className="visually-hidden">{reason}</span>}
      </span>
    </Tooltip>
  )
}
