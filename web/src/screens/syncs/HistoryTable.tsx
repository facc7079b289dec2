import { Group, Table, Text } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import type { IntegrationOrganization } from '../../api/integrations'
import type { Sync } from '../../api/live'
import { count } from '../../format/count'
import { syncLook, triggerWords } from '../../format/status'
import { storedWords } from '../../format/streams'
import { TextLink } from '../../parts/links'
import { Status } from '../../parts/Status'
import { Time } from '../../parts/Time'
import { useNow } from '../../parts/useNow'
import { durationWords, usageWords } from './facts'
import { Workflow } from './Workflow'

const columns = ['Started', 'Organization', 'Trigger', 'Result', 'Duration', 'New or updated', 'GitHub API', 'Workflow']

export function HistoryTable({ rows, organizations }: { rows: Sync[]; organizations: IntegrationOrganization[] }) {
  return (
    <div className="rows">
      <Table className="cards" verticalSpacing={6}>
        <Table.Caption className="visually-hidden">Syncs, the newest first</Table.Caption>
        <Table.Thead><Table.Tr>{columns.map((name) => <Table.Th key={name} scope="col">{name}</Table.Th>)}</Table.Tr></Table.Thead>
        <Table.Tbody>{rows.map((sync) => <Row key={sync.id} sync={sync} organization={organizations.find((o) => o.id === sync.organization_id)?.login ?? '–'} />)}</Table.Tbody>
      </Table>
    </div>
  )
}

function Row({ sync, organization }: { sync: Sync; organization: string }) {
  const { id } = useParams({ from: '/settings/integrations/$id' })
  const now = useNow()
  return (
    <Table.Tr data-testid="sync">
      <Table.Th scope="row" fw={500}>
        <TextLink inherit underline="always" to="/settings/integrations/$id/syncs" params={{ id }} search={(before) => ({ ...before, sync: sync.id })} resetScroll={false} replace>
          <Time at={sync.started_at ?? sync.created_at} stop={false} /><span className="visually-hidden">: what this sync of {organization} did</span>
        </TextLink>
      </Table.Th>
      <Table.Td data-label="Organization">{organization}</Table.Td>
      <Table.Td data-label="Trigger">{triggerWords[sync.trigger]}</Table.Td>
      <Table.Td data-label="Result"><div><Status look={syncLook(sync)} />{sync.cause && <Text size="xs" c="dimmed">{sync.cause.title}</Text>}</div></Table.Td>
      <Table.Td data-label="Duration" className="numbers">{durationWords(sync, now)}</Table.Td>
      <Table.Td data-label="New or updated" className="numbers">{storedWords(sync.stored as Record<string, unknown>, count) || 'Nothing new'}</Table.Td>
      <Table.Td data-label="GitHub API" className="numbers">{usageWords(sync.usage)}</Table.Td>
      <Table.Td data-label="Workflow"><Group gap={6}><Workflow id={sync.workflow_id} url={sync.temporal_ui_url} /></Group></Table.Td>
    </Table.Tr>
  )
}
