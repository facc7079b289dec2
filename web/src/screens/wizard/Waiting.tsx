import { Text } from '@mantine/core'
import type { Connection } from '../../api/connections'
import { Time } from '../../parts/Time'
import { CauseAlert } from '../../parts/CauseAlert'
import { Notice } from '../../parts/Notice'

/** A connection that GitHub's limit holds up, or that came to nothing. */
export function Waiting({ connection }: { connection: Connection }) {
  const { state, cause, waiting_until: until } = connection
  if (state === 'pending') {
    if (!until) return null
    return (
      <Notice tone="amber" role="status" title="GitHub's limit is reached">
        <Text size="sm">It goes on by itself at <Time at={until} form="clock" />. {cause?.detail}</Text>
      </Notice>
    )
  }
  if (!cause) return null
  return <CauseAlert cause={cause} title={state === 'denied' ? 'GitHub says access was denied' : 'The connection is not usable'} />
}

/** Why the step after connecting cannot be reached yet. */
export function notReady(connection: Connection | null | undefined, selected: number, first: string): string | undefined {
  if (connection?.state !== 'authorized') return first
  return selected === 0 ? 'No organization is chosen that can be connected now.' : undefined
}
