import { Box, Group, Stack, Text } from '@mantine/core'
import type { Check, Diagnostics } from '../../api/diagnostics'
import { Panel } from '../../parts/Panel'
import { Remedy } from '../../parts/Remedy'
import { Status } from '../../parts/Status'
import { Time } from '../../parts/Time'
import type { Look } from '../../format/status'
import { grouped, lookOf, titleOf, waits } from './checks'
import classes from './diagnostics.module.css'

const checking: Look = { word: 'Checking', colour: 'blue', shape: 'half' }

export function Checks({ found: all }: { found: Diagnostics }) {
  return grouped(all.items).map(({ group, name, checks: found }) => (
    <Panel key={group} title={name} flush>
      <ul className={classes.list}>{found.map((check) => <Row key={`${check.name} ${check.organization_id}`} check={check} look={waits(all, check) ? checking : lookOf(check)} />)}</ul>
    </Panel>
  ))
}

function Row({ check: c, look }: { check: Check; look: Look }) {
  return (
    <Group component="li" className={classes.row} align="flex-start" gap="xs" data-testid="check" data-severity={c.severity}>
      <Box className={classes.result}><Status look={look} /></Box>
      <Stack gap={2} className={classes.found}>
        <Text size="sm" fw={600}>{titleOf(c)}</Text>
        {c.title && <Text size="sm">{c.detail}</Text>}
        {c.effect && c.severity !== 'ok' && <Text size="sm">What it affects: {c.effect}</Text>}
        {c.remediation && <Text size="sm" component="div">What to do: <Remedy remediation={c.remediation} /></Text>}
        <Text size="xs" c="dimmed" component="div">
          {c.evidence ? <>GitHub answered <code>{c.evidence.endpoint}</code> with {c.evidence.status}{c.evidence.headers.length > 0 && <>, told by {c.evidence.headers.join(', ')}</>}</> : 'From what is stored'}
          {' · '}checked <Time at={c.checked_at} stop={false} />
        </Text>
      </Stack>
    </Group>
  )
}
