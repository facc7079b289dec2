import { Text } from '@mantine/core'
import type { Gap } from '../api/integrations'
import { plural } from '../format/count'
import { Remedy } from './Remedy'
import { Time } from './Time'

/** A gap in full: what is missing since when, what follows from that, and what to do. */
export function GapText({ gap }: { gap: Gap }) {
  return (
    <Text size="sm" component="div">
      {gap.detail} {gap.effect} {gap.repositories > 0 && `${plural(gap.repositories, 'repo')} concerned. `}
      {gap.since && <>Since <Time at={gap.since} />. </>}
      <Remedy remediation={gap.remediation} />
    </Text>
  )
}
