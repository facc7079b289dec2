import { Table, Text } from '@mantine/core'
import type { Comparison } from '../../api/credentials'
import { methodWords } from '../../format/status'
import { Notice } from '../../parts/Notice'

/** Whose credential it was and will be. */
export function BeforeAfter({ comparison: c }: { comparison: Comparison }) {
  const after = c.method_after === 'github_app' ? 'The App itself' : c.login_after // whoever authorizes it is only asked where it is installed
  const rows = [['Method', methodWords[c.method_before], methodWords[c.method_after]], ['Account', c.login_before, after]] as const
  return (
    <>
      <Table maw="36rem" verticalSpacing={4} data-testid="before-after">
        <Table.Caption className="visually-hidden">The credential before and after</Table.Caption>
        <Table.Thead><Table.Tr><Table.Td /><Table.Th scope="col">Now</Table.Th><Table.Th scope="col">Then</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>{rows.map(([name, now, then]) => <Table.Tr key={name}><Table.Th scope="row" fw={400}><Text size="sm" c="dimmed">{name}</Text></Table.Th><Table.Td>{now}</Table.Td><Table.Td>{then}</Table.Td></Table.Tr>)}</Table.Tbody>
      </Table>
      {c.warning && <Notice tone="amber" role="note" title={c.method_after === c.method_before ? 'Another account' : 'Another method'}><Text size="sm">{c.warning}</Text></Notice>}
    </>
  )
}
