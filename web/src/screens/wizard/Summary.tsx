import { Table, Text } from '@mantine/core'
import { list } from '../../format/count'
import { serviceWords } from '../../format/status'
import { backfillFrom, backfillWords } from '../../format/backfill'
import type { Choices } from './choices'

/** The services and the time that were chosen, in words. */
export function servicesText({ services }: Choices): string {
  return list((['repos', 'pull_requests', 'tickets'] as const).filter((s) => services[s]).map((s) => serviceWords[s]))
}

export function backfillText({ backfill }: Choices): string {
  const from = backfillFrom(backfill, new Date())
  return from ? `${backfillWords[backfill]} (from ${new Date(from).toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })})` : backfillWords[backfill]
}

export const repositoriesText = ({ repositories }: Choices) => (repositories === 'all' ? 'All, and new ones automatically' : 'You choose later')

/** What will be created, before it is. */
export function Summary({ choices, organizations, method }: { choices: Choices; organizations: string[]; method: string }) {
  const rows: [string, string][] = [
    ['Method', method], ['Organizations', organizations.length > 8 ? `${organizations.slice(0, 8).join(', ')} and ${organizations.length - 8} more` : list(organizations)],
    ['Services', servicesText(choices)], ['Backfill', backfillText(choices)], ['Repos', repositoriesText(choices)],
  ]
  return (
    <div className="panel">
      <Table>
        <Table.Caption className="visually-hidden">What will be created</Table.Caption>
        <Table.Tbody>
          {rows.map(([name, value]) => <Table.Tr key={name}><Table.Th scope="row" w="9rem" style={{ verticalAlign: 'top' }}><Text size="sm" c="dimmed">{name}</Text></Table.Th><Table.Td>{value}</Table.Td></Table.Tr>)}
        </Table.Tbody>
      </Table>
    </div>
  )
}
