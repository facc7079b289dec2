import { Skeleton, Stack } from '@mantine/core'
import { useEffect, useState } from 'react'

/** Rows that are about to come. They appear after a moment, so that what is fast does not flicker. */
export function Loading({ rows = 5, height = 44 }: { rows?: number; height?: number }) {
  const late = useLate(300)
  return (
    <Stack gap="xs" aria-busy="true" style={{ minHeight: rows * (height + 10) }}>
      <span className="visually-hidden" role="status">{late ? 'Loading…' : ''}</span>
      {late && Array.from({ length: rows }, (_, i) => <Skeleton key={i} height={height} />)}
    </Stack>
  )
}

function useLate(after: number) {
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), after)
    return () => clearTimeout(timer)
  }, [after])
  return late
}
