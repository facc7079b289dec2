import { Button } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { LinkButton } from '../../parts/links'
import { ReasonedButton } from '../../parts/ReasonedButton'
import classes from './wizard.module.css'

interface Props {
  back: (() => void) | undefined
  onNext: () => void
  label?: string
  /** Why it does not go on yet. */
  reason?: string | undefined
  loading?: boolean
  testId?: string
  /** The connection that people have just made: Next has the focus then, once for each. */
  arrived?: string | undefined
}

export function Footer({ back, onNext, label = 'Next', reason, loading = false, testId = 'next', arrived }: Props) {
  const forward = useRef<HTMLDivElement>(null)
  const greeted = useRef<string>(undefined)
  useEffect(() => {
    if (!arrived || greeted.current === arrived) return
    greeted.current = arrived
    forward.current?.querySelector('button')?.focus()
  }, [arrived])
  return (
    <div className={classes.footer}>
      {back ? <Button variant="default" onClick={back}>Back</Button> : <LinkButton to="/settings/integrations" variant="default">Cancel</LinkButton>}
      <div ref={forward}><ReasonedButton reason={reason} loading={loading} onClick={onNext} data-testid={testId}>{label}</ReasonedButton></div>
    </div>
  )
}
