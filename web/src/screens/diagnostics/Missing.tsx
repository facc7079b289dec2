import { Group, Stack, Text } from '@mantine/core'
import type { Gap } from '../../api/integrations'
import { count } from '../../format/count'
import { gapTitle } from '../../format/gaps'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { GapText } from '../../parts/GapText'
import { Loading } from '../../parts/Loading'
import { Panel } from '../../parts/Panel'
import classes from './diagnostics.module.css'

const subjects: Record<Gap['subject'], [one: string, many: string]> = {
  organization: ['organization', 'organizations'], repositories: ['repo', 'repos'], streams: ['kind of record', 'kinds of record'], rows: ['row', 'rows'],
}

interface Props { gaps: Gap[] | undefined; error: Error | null; retry: () => void }

/** What is not here although it was to be read. */
export function Missing({ gaps, error, retry }: Props) {
  return (
    <Panel title="What is known to be missing" flush>
      {error && !gaps && <ErrorPanel what="What is missing could not be read" error={error} retry={retry} />}
      {!error && !gaps && <Loading rows={1} />}
      {gaps?.length === 0 && <Text size="sm" px="md" pb="md">Nothing. Everything that is to be read is stored, as far as each repo says that it is complete.</Text>}
      {gaps && gaps.length > 0 && <ul className={classes.list}>{gaps.map((gap) => <Row key={`${gap.code} ${gap.organization_id} ${gap.subject}`} gap={gap} />)}</ul>}
    </Panel>
  )
}

function Row({ gap }: { gap: Gap }) {
  const [one, many] = subjects[gap.subject]
  const more = gap.repositories - gap.examples.length
  return (
    <Group component="li" className={classes.row} align="flex-start" gap="xs" data-testid="gap">
      <Text size="sm" className={`${classes.result} numbers`}>{count(gap.count)} {gap.count === 1 ? one : many}</Text>
      <Stack gap={2} className={classes.found}>
        <Text size="sm" fw={600}>{gapTitle(gap)}</Text>
        <GapText gap={gap} />
        {gap.examples.length > 0 && <Text size="xs" c="dimmed">{gap.examples.join(', ')}{more > 0 && ` and ${count(more)} more`}</Text>}
      </Stack>
    </Group>
  )
}
