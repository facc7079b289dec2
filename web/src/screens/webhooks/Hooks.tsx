import { Code, Group, Stack, Table, Text } from '@mantine/core'
import type { Hook, Webhooks } from '../../api/webhooks'
import { plural } from '../../format/count'
import { Copy } from '../../parts/Copy'
import { FactList } from '../../parts/FactList'
import { Status } from '../../parts/Status'
import { Time } from '../../parts/Time'
import { hookLooks } from './words'

/** The hooks at GitHub: the one of the organization, or those of its repositories. */
export function Hooks({ of }: { of: Webhooks }) {
  const [first] = of.hooks
  if (!first) return null
  return of.hooks_total === 1 && !first.repository_id ? <One hook={first} /> : <Many of={of} />
}

function One({ hook: h }: { hook: Hook }) {
  return (
    <FactList facts={[
      ['Webhook', <Group gap="xs" key="webhook">{h.hook_id ? <span className="numbers" data-testid="hook-id">{h.hook_id}</span> : null}<Status look={hookLooks[h.state]} /></Group>],
      ['Address', <Group gap="xs" key="address"><Code style={{ overflowWrap: 'anywhere' }}>{h.url}</Code><Copy text={h.url} label="Copy" /></Group>],
      ['Events', h.events.length > 0 ? h.events.join(', ') : undefined],
      ['Last delivery', h.last_delivery_at ? <Time at={h.last_delivery_at} /> : 'None yet'],
      ['Last ping', h.pinged_at ? <Time at={h.pinged_at} /> : undefined],
      ['Checked at GitHub', h.checked_at ? <Time at={h.checked_at} /> : undefined],
    ]} />
  )
}

function Many({ of }: { of: Webhooks }) {
  const [first] = of.hooks
  return (
    <Stack gap="xs">
      <Text size="sm">{plural(of.hooks_total, 'webhook')}, one for each repo{of.hooks_total > of.hooks.length && `; ${of.hooks.length} are shown, those with trouble first`}. Events: {first?.events.join(', ')}.</Text>
      <div className="rows">
        <Table className="cards" verticalSpacing={6}>
          <Table.Caption className="visually-hidden">Webhooks of {of.organization}</Table.Caption>
          <Table.Thead><Table.Tr><Table.Th scope="col">Webhook</Table.Th><Table.Th scope="col">Repo id</Table.Th><Table.Th scope="col">State</Table.Th><Table.Th scope="col">Last delivery</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {of.hooks.map((h) => (
              <Table.Tr key={h.url}>
                <Table.Th scope="row" fw={500} className="numbers">{h.hook_id ?? 'Not yet'}</Table.Th>
                <Table.Td data-label="Repo id" className="numbers">{h.repository_id}</Table.Td>
                <Table.Td data-label="State"><div><Status look={hookLooks[h.state]} />{h.cause && <Text size="xs" c="dimmed">{h.cause.title}. {h.cause.remediation.text}</Text>}</div></Table.Td>
                <Table.Td data-label="Last delivery">{h.last_delivery_at ? <Time at={h.last_delivery_at} stop={false} /> : 'None yet'}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </Stack>
  )
}
