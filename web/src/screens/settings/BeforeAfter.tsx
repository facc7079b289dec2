import { Table, Text } from '@mantine/core'
import type { Comparison } from '../../api/credentials'
import { methodWords } from '../../format/status'
import { Notice } from '../wizard/Notice'

/** Whose credential it was and will be. */
export function BeforeAfter({ comparison: c }: { comparison: Comparison }) {
  const rows = [['Method', methodWords[c.method_before], methodWords[c.method_after]], ['Account', c.login_before, c.login_after]] as const
  return (
    <>
      <Table maw="36rem" verticalSpacing={4} data-testid="before-after">
        <Table.Caption className="visually-hidden">The credential before and after</Table.Caption>
        <Table.Thead><Table.Tr><Table.Td /><Table.Th scope="col">Now</Table.Th><Table.Th scope="col">Then</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>{rows.map(([name, before, after]) => <Table.Tr key={name}><Table.Th scope="row" fw={400}><Text size="sm" c="dimmed">{name}</Text></Table.Th><Table.Td>{before}</Table.Td><Table.Td>{after}</Table.Td></Table.Tr>)}</Table.Tbody>
      </Table>
      {c.warning && <Notice tone="amber" role="note" title={c.same_account ? 'Another method' : 'Another account'}><Text size="sm">{c.warning}</Text></Notice>}
    </>
  )
}
