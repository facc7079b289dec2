import { Box, Group, Stack, Text } from '@mantine/core'
import type { Check } from '../../api/diagnostics'
import { Panel } from '../../parts/Panel'
import { Remedy } from '../../parts/Remedy'
import { Status } from '../../parts/Status'
import { Time } from '../../parts/Time'
import { grouped, lookOf, titleOf } from './checks'
import classes from './diagnostics.module.css'

export function Checks({ checks }: { checks: Check[] }) {
  return grouped(checks).map(({ group, name, checks: found }) => (
    <Panel key={group} title={name} flush>
      <ul className={classes.list}>{found.map((check) => <Row key={`${check.name} ${check.organization_id}`} check={check} />)}</ul>
    </Panel>
  ))
}

function Row({ check: c }: { check: Check }) {
  return (
    <Group component="li" className={classes.row} align="flex-start" gap="xs" data-testid="check" data-severity={c.severity}>
      <Box className={classes.result}><Status look={lookOf(c)} /></Box>
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
