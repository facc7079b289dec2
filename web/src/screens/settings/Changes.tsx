import { Box, Stack, Text } from '@mantine/core'
import type { ConnectionOrganization } from '../../api/connections'
import type { AccessChange, Comparison } from '../../api/credentials'
import { list } from '../../format/count'
import type { Colour } from '../../format/status'
import { Tag } from '../../parts/Status'
import { Change } from './Change'
import { lostTitle } from './changes'

interface Props { comparison: Comparison; organizations: ConnectionOrganization[] }

/** What another credential changes, worst first, by organization and repository. */
export function Changes({ comparison: c, organizations }: Props) {
  const same = c.lost.length + c.gained.length + c.unreadable.length === 0
  return (
    <Stack gap="sm">
      <Section testId="lost" colour="red" title={lostTitle(c.lost)} changes={c.lost} organizations={organizations} />
      <Section testId="gained" colour="green" title="Will be read in addition" changes={c.gained} organizations={organizations} />
      <Section testId="unreadable" colour="amber" title="Can be read neither now nor then" changes={c.unreadable} organizations={organizations} />
      {c.kept.length > 0 && <Text size="sm" data-testid="kept">{same ? 'Nothing changes in what is read' : 'Read as before'}: {list(c.kept.map((k) => k.organization))}.</Text>}
    </Stack>
  )
}

interface SectionProps { testId: string; colour: Colour; title: string; changes: AccessChange[]; organizations: ConnectionOrganization[] }

function Section({ testId, colour, title, changes, organizations }: SectionProps) {
  if (changes.length === 0) return null
  return (
    <Box role={testId === 'lost' ? 'alert' : 'group'} aria-label={title} data-testid={testId} style={{ borderLeft: `3px solid var(--status-${colour})`, paddingLeft: 12 }}>
      <Box mb={6}><Tag colour={colour}>{title}</Tag></Box>
      <ul className="plain-list" style={{ display: 'grid', gap: 8 }}>
        {changes.map((change) => <Change key={change.organization_id} change={change} cause={organizations.find((o) => o.id === change.organization_id)?.cause} />)}
      </ul>
    </Box>
  )
}
