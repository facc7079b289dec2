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
  /** Moves the focus to Next when it becomes true. */
  focus?: boolean
}

export function Footer({ back, onNext, label = 'Next', reason, loading = false, testId = 'next', focus = false }: Props) {
  const forward = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (focus) forward.current?.querySelector('button')?.focus()
  }, [focus])
  return (
    <div className={classes.footer}>
      {back ? <Button variant="default" onClick={back}>Back</Button> : <LinkButton to="/settings/integrations" variant="default">Cancel</LinkButton>}
      <div ref={forward}><ReasonedButton reason={reason} loading={loading} onClick={onNext} data-testid={testId}>{label}</ReasonedButton></div>
    </div>
  )
}
