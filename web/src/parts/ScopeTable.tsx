import { Code, Table, Text } from '@mantine/core'

interface Props { scopes: { name: string; purpose: string }[]; caption: string; name?: string }

/** What is granted, and what for. */
export function ScopeTable({ scopes, caption, name = 'Scope' }: Props) {
  return (
    <Table verticalSpacing={6} horizontalSpacing="xs" style={{ overflowWrap: 'normal' }}>
      <Table.Caption className="visually-hidden">{caption}</Table.Caption>
      <Table.Thead><Table.Tr><Table.Th scope="col">{name}</Table.Th><Table.Th scope="col">What for</Table.Th></Table.Tr></Table.Thead>
      <Table.Tbody>
        {scopes.map((s) => (
          <Table.Tr key={s.name}>
            <Table.Th scope="row" style={{ whiteSpace: 'nowrap', verticalAlign: 'top' }}><Code>{s.name}</Code></Table.Th>
            <Table.Td><Text size="sm">{s.purpose}</Text></Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
