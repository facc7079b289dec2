import { Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { verificationReportQuery, type Drift } from '../../api/verifications'
import { count } from '../../format/count'
import { streamWords } from '../../format/streams'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'

const kindWords: Record<Drift['kind'], string> = { ...streamWords, labels: 'labels' }
const findingWords: Record<Drift['finding'], string> = { missing: 'Missing here', gone: 'Gone from GitHub', stale: 'Outdated here' }
const repairWords: Record<Drift['repair'], string> = { '': 'Not mended', queued: 'Read again by a sync', mended: 'Mended', failed: 'Differs still' }

/** The differences of one comparison. */
export function Differences({ id, ended }: { id: string; ended: string | undefined }) {
  const { data, error, refetch } = useQuery(verificationReportQuery(id, ended))
  if (!data) return error ? <ErrorPanel what="What differs could not be read" error={error} retry={() => void refetch()} /> : <Loading rows={2} />
  const more = data.counts.reduce((sum, c) => sum + c.drifts, 0) - data.items.length
  return (
    <div className="rows">
      <Table className="cards" verticalSpacing={4}>
        <Table.Caption className="visually-hidden">What differs from GitHub</Table.Caption>
        <Table.Thead><Table.Tr>{['Repo', 'Kind', 'Found', 'Stored / at GitHub', 'Mended'].map((name) => <Table.Th key={name} scope="col">{name}</Table.Th>)}</Table.Tr></Table.Thead>
        <Table.Tbody>
          {data.items.map((d) => (
            <Table.Tr key={`${d.repository_id} ${d.kind} ${d.subject}`}>
              <Table.Th scope="row" fw={500}>{d.repository}</Table.Th>
              <Table.Td data-label="Kind">{kindWords[d.kind]} {d.subject}</Table.Td>
              <Table.Td data-label="Found"><div>{findingWords[d.finding]}<Text size="xs" c="dimmed">{d.reason}</Text></div></Table.Td>
              <Table.Td data-label="Stored / at GitHub" className="numbers">{d.subject ? '–' : `${count(d.stored)} / ${count(d.expected)}`}</Table.Td>
              <Table.Td data-label="Mended">{repairWords[d.repair]}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {more > 0 && <Text size="sm" mt="xs">And {count(more)} more.</Text>}
    </div>
  )
}
