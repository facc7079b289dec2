import { Box, Group, Title } from '@mantine/core'
import { useId } from 'react'

/** A part of a view with its heading. */
export function Panel({ title, aside, children, flush = false }: { title: string; aside?: React.ReactNode; children: React.ReactNode; flush?: boolean }) {
  const id = useId()
  return (
    <Box component="section" className="panel" aria-labelledby={id}>
      <Group justify="space-between" gap="sm" px="md" pt="sm" pb={flush ? 'xs' : 0}><Title order={2} id={id}>{title}</Title>{aside}</Group>
      {flush ? children : <Box px="md" pb="md" pt="xs">{children}</Box>}
    </Box>
  )
}
