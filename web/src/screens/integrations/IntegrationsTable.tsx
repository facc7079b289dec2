import { Group, Stack, Table, Text } from '@mantine/core'
import type { Integration } from '../../api/integrations'
import { count } from '../../format/count'
import { integrationLook, methodWords } from '../../format/status'
import { Initials } from '../../parts/Initials'
import { TextLink } from '../../parts/links'
import { ServiceChips } from '../../parts/ServiceChips'
import { SortHeader } from '../../parts/SortHeader'
import { Status } from '../../parts/Status'
import { Time } from '../../parts/Time'
import { RowMenu } from './RowMenu'
import type { IntegrationsSearch } from './search'

type Sort = IntegrationsSearch['sort']

export function IntegrationsTable({ rows, sort, onSort }: { rows: Integration[]; sort: Sort; onSort: (sort: Sort) => void }) {
  const header = (by: Sort, direction: 'ascending' | 'descending', name: string) => <SortHeader name={name} sorted={sort === by ? direction : undefined} onSort={() => onSort(by)} />
  return (
    <div className="panel rows">
      <Table className="cards" verticalSpacing="sm" data-testid="integrations">
        <Table.Caption className="visually-hidden">Integrations</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            {header(undefined, 'ascending', 'Name')}
            <Table.Th scope="col">Organizations</Table.Th>
            <Table.Th scope="col">Method</Table.Th>
            <Table.Th scope="col">Services</Table.Th>
            {header('status', 'descending', 'Data status')}
            <Table.Th scope="col">Repos</Table.Th>
            {header('complete_through', 'ascending', 'Complete through')}
            {header('created_at', 'descending', 'Added by')}
            <Table.Th scope="col"><span className="visually-hidden">Actions</span></Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{rows.map((i) => <Row key={i.id} integration={i} />)}</Table.Tbody>
      </Table>
    </div>
  )
}

function Row({ integration: i }: { integration: Integration }) {
  return (
    <Table.Tr data-testid="integration">
      <Table.Th scope="row" miw={120}><TextLink to="/settings/integrations/$id" params={{ id: i.id }} fw={600}>{i.name}</TextLink></Table.Th>
      <Table.Td data-label="Organizations"><Organizations of={i} /></Table.Td>
      <Table.Td data-label="Method">
        <Stack gap={0}>{i.auth_method && methodWords[i.auth_method]}{i.login && <Text size="xs" c="dimmed">via {i.login}</Text>}</Stack>
      </Table.Td>
      <Table.Td data-label="Services"><ServiceChips services={{ ...i.services, webhooks: i.webhooks }} /></Table.Td>
      <Table.Td data-label="Data status">
        <Stack gap={2} align="flex-start">
          <Status look={integrationLook(i.lifecycle, i.data_status)} />
          <Text size="xs" c="dimmed" maw={260}>{reason(i)}</Text>
        </Stack>
      </Table.Td>
      <Table.Td data-label="Repos" className="numbers" style={{ whiteSpace: 'nowrap' }}>
        {i.repositories && <span aria-label={`${i.repositories.imported} imported of ${i.repositories.visible} visible`} role="img">{count(i.repositories.imported)} / {count(i.repositories.visible)}</span>}
      </Table.Td>
      <Table.Td data-label="Complete through">{i.complete_through ? <Time at={i.complete_through} /> : <Text size="sm" c="dimmed">Not yet</Text>}</Table.Td>
      <Table.Td data-label="Added by">{i.added?.by}<Text size="xs" c="dimmed"><Time at={i.created_at} stop={false} /></Text></Table.Td>
      <Table.Td data-corner><Group justify="flex-end"><RowMenu integration={i} /></Group></Table.Td>
    </Table.Tr>
  )
}

const shownOf = 3

function Organizations({ of: { organizations } }: { of: Integration }) {
  return (
    <Stack gap={4}>
      {organizations.slice(0, shownOf).map(({ id, login }) => <Group key={id} gap={6} wrap="nowrap"><Initials of={login} />{login}</Group>)}
      {organizations.length > shownOf && <Text size="xs" c="dimmed">and {count(organizations.length - shownOf)} more</Text>}
    </Stack>
  )
}

/** Why the status is not better, in one line. */
function reason(i: Integration): string | undefined {
  if (i.lifecycle === 'paused' || i.lifecycle === 'deleting') return undefined
  if (i.creating) return `Checking access… ${i.creating.listed}/${i.creating.organizations}`
  return i.cause?.title
}
