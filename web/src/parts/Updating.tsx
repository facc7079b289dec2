import { Text } from '@mantine/core'

/** Marks what is shown as that of a moment ago. Its place is kept, so that nothing jumps. */
export function Updating({ shown }: { shown: boolean }) {
  return <Text size="xs" c="dimmed" h={20} role="status">{shown ? 'Updating…' : ''}</Text>
}
