import { Text } from '@mantine/core'
import { oneLine } from '../api/problem'

/** What went wrong and what to do, where there is no room for a panel. */
export function ErrorLine({ error }: { error: unknown }) {
  return <Text size="sm" c="var(--status-red)" role="alert">{oneLine(error)}</Text>
}
