import { Tooltip } from '@mantine/core'
import { absolute, clock, relative } from '../format/time'
import { useNow } from './useNow'

interface Props {
  at: string
  form?: 'relative' | 'clock'
  /** Whether Tab stops here to show the exact time; off in long tables, where a hundred stops would be in the way. */
  stop?: boolean
}

/** A time in words; pointed at or focused it says exactly when. */
export function Time({ at, form = 'relative', stop = true }: Props) {
  const now = useNow()
  const when = new Date(at)
  return (
    <Tooltip label={absolute(when)}>
      <time dateTime={at} tabIndex={stop ? 0 : undefined} style={{ whiteSpace: 'nowrap' }}>
        {form === 'clock' ? clock(when, now) : relative(when, now)}
      </time>
    </Tooltip>
  )
}
