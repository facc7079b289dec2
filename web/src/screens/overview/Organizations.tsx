import { Group, Stack, Text } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import type { IntegrationOrganization } from '../../api/integrations'
import { accessLooks } from '../../format/access'
import { count, plural } from '../../format/count'
import { TextLink } from '../../parts/links'
import { Panel } from '../../parts/Panel'
import { Status } from '../../parts/Status'
import { Time } from '../../parts/Time'

export function Organizations({ rows }: { rows: IntegrationOrganization[] }) {
  const { id } = useParams({ from: '/settings/integrations/$id' })
  return (
    <Panel title="Organizations">
      {rows.length === 0 && <Text size="sm" c="dimmed">None is known yet.</Text>}
      <Stack gap="sm">
        {rows.map((o) => (
          <Group key={o.id} justify="space-between" gap="xs">
            <Group gap="sm"><Text fw={600} size="sm">{o.login}</Text><Status look={accessLooks[o.access]} /></Group>
            <Text size="sm" className="numbers">
              <TextLink inherit to="/settings/integrations/$id/repos" params={{ id }} search={{ organization: o.id, view: 'imported' }}>{count(o.repositories.imported)} of {plural(o.repositories.visible, 'repo')} imported</TextLink>
              {o.repositories.failing > 0 && `, ${count(o.repositories.failing)} failing`}
              {o.latest_sync?.ended_at && <Text span size="sm" c="dimmed"> · synced <Time at={o.latest_sync.ended_at} /></Text>}
            </Text>
          </Group>
        ))}
      </Stack>
    </Panel>
  )
}
