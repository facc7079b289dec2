import { Button, Table, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { tokensQuery, type Token } from '../../api/access'
import { sessionQuery } from '../../api/session'
import type { Look } from '../../format/status'
import { Empty } from '../../parts/Empty'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { Page } from '../../parts/Page'
import { Status, Tag } from '../../parts/Status'
import { Time } from '../../parts/Time'
import { NewToken } from './NewToken'
import { RevokeToken } from './RevokeToken'

const looks: Record<Token['state'], Look> = {
  usable: { word: 'Usable', colour: 'green', shape: 'dot' },
  expired: { word: 'Expired', colour: 'amber', shape: 'alert' },
  revoked: { word: 'Revoked', colour: 'grey', shape: 'ring' },
}

/** Who may use the API, and so these pages. */
export function Tokens() {
  const { data, error, isPending, refetch } = useQuery(tokensQuery)
  const [creating, { open, close }] = useDisclosure(false)
  return (
    <Page title={['API tokens']} heading="API tokens" actions={data && <Button onClick={open} data-testid="new-token">New token</Button>}>
      <Text size="sm" mb="md">People sign in with a token, and programs send it. A viewer may look at everything but tokens and the audit log; an admin may look at these too and change things.</Text>
      {isPending && <Loading />}
      {error && <ErrorPanel what="The tokens could not be read" error={error} retry={() => void refetch()} />}
      {data?.items.length === 0 && <Empty title="No token yet" action={<Button onClick={open}>New token</Button>}>Those of the server's settings are not listed here.</Empty>}
      {data && data.items.length > 0 && (
        <div className="panel rows">
          <Table className="cards" data-testid="tokens">
            <Table.Caption className="visually-hidden">API tokens</Table.Caption>
            <Table.Thead><Table.Tr><Table.Th scope="col">Name</Table.Th><Table.Th scope="col">Role</Table.Th><Table.Th scope="col">State</Table.Th><Table.Th scope="col">Begins with</Table.Th><Table.Th scope="col">Created</Table.Th><Table.Th scope="col">Last used</Table.Th><Table.Th scope="col">Expires</Table.Th><Table.Th scope="col"><span className="visually-hidden">Actions</span></Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>{data.items.map((token) => <Row key={token.id} token={token} />)}</Table.Tbody>
          </Table>
        </div>
      )}
      <NewToken opened={creating} onClose={close} />
    </Page>
  )
}

function Row({ token: t }: { token: Token }) {
  const [revoking, { open, close }] = useDisclosure(false)
  const { data: session } = useQuery(sessionQuery)
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={500}>{t.name} {session?.actor === t.id && <Tag colour="blue">You</Tag>}</Table.Th>
      <Table.Td data-label="Role">{t.role}</Table.Td>
      <Table.Td data-label="State"><Status look={looks[t.state]} /></Table.Td>
      <Table.Td data-label="Begins with"><code>{t.prefix}…</code></Table.Td>
      <Table.Td data-label="Created"><div><Time at={t.created_at} stop={false} /> <Text span size="sm" c="dimmed">by {t.created_by}</Text></div></Table.Td>
      <Table.Td data-label="Last used">{t.last_used_at ? <Time at={t.last_used_at} stop={false} /> : 'Never'}</Table.Td>
      <Table.Td data-label="Expires">{t.expires_at ? <Time at={t.expires_at} stop={false} /> : 'Never'}</Table.Td>
      <Table.Td>
        {t.state === 'usable' && <Button size="compact-sm" variant="default" onClick={open}>Revoke…<span className="visually-hidden"> {t.name}</span></Button>}
        <RevokeToken token={t} opened={revoking} onClose={close} />
      </Table.Td>
    </Table.Tr>
  )
}
