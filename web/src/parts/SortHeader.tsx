import { Table, UnstyledButton } from '@mantine/core'

interface Props { name: string; sorted: 'ascending' | 'descending' | undefined; onSort: () => void }

/** A column that the rows can be in the order of. */
export function SortHeader({ name, sorted, onSort }: Props) {
  return (
    <Table.Th scope="col" aria-sort={sorted ?? 'none'}>
      <UnstyledButton fz="sm" fw={700} onClick={onSort} style={{ whiteSpace: 'nowrap', minHeight: 24 }}>
        {name} <span aria-hidden="true" style={{ opacity: sorted ? 1 : 0.35 }}>{sorted === 'descending' ? '↓' : '↑'}</span>
      </UnstyledButton>
    </Table.Th>
  )
}
