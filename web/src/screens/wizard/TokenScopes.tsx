import { Button, Code, Group, Table, Text, Title } from '@mantine/core'
import type { AuthMethod, ScopeVerdict } from '../../api/connections'
import { Copy } from '../../parts/Copy'
import { newTab } from '../../parts/links'
import { Tag } from '../../parts/Status'
import { ScopeTable } from '../../parts/ScopeTable'
import classes from './wizard.module.css'

/** What a token has to be made with, and where. */
export function TokenScopes({ method }: { method: AuthMethod }) {
  const scopes = method.required_scopes ?? []
  return (
    <section className="panel" style={{ padding: 16 }} aria-labelledby="token-scopes" data-testid="token-scopes">
      <Title order={2} id="token-scopes" mb={4}>Make a token with these {scopes.length} scopes</Title>
      <Text size="sm" mb="xs">A classic token of the service account. An owner's token can also switch webhooks on; a member's reads everything else.</Text>
      <ul className="plain-list" style={{ display: 'flex', flexWrap: 'wrap', gap: 6 }}>{scopes.map((s) => <li key={s.name}><Code>{s.name}</Code></li>)}</ul>
      <Group gap="xs" my="sm">
        <Button component="a" href={method.token_url} target="_blank" rel="noreferrer" variant="default">Generate a token in GitHub{newTab} <span aria-hidden="true">&nbsp;↗</span></Button>
        <Copy size="sm" text={scopes.map((s) => s.name).join(', ')} label="Copy list" />
      </Group>
      <details className={classes.more}><summary>What each scope is for</summary><ScopeTable scopes={scopes} caption="Scopes of the token" /></details>
    </section>
  )
}

/** What became of each scope that is asked for. */
function Verdicts({ scopes }: { scopes: ScopeVerdict[] }) {
  return (
    <div className="panel rows">
      <Table verticalSpacing={4}>
        <Table.Caption className="visually-hidden">Scopes of the token</Table.Caption>
        <Table.Thead><Table.Tr><Table.Th scope="col">Scope</Table.Th><Table.Th scope="col">Result</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>
          {scopes.map((s) => (
            <Table.Tr key={s.scope}>
              <Table.Th scope="row"><Code>{s.scope}</Code></Table.Th>
              <Table.Td>{s.granted ? <Tag colour="green">✓ {s.via && s.via !== s.scope ? `included in ${s.via}` : 'granted'}</Tag> : <Tag colour="red">✗ missing</Tag>}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}
TokenScopes.Verdicts = Verdicts
