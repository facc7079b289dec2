import { Text } from '@mantine/core'
import type { Cause } from '../api/problem'
import { Remedy } from './Remedy'

/** A cause in full: what it is, what to do, who can, and where. */
export function CauseText({ cause }: { cause: Cause }) {
  return <Text size="sm" component="div">{cause.detail} <Remedy remediation={cause.remediation} /></Text>
}
