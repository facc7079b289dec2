import { Button, Group, PasswordInput, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { connectionOrganizationsQuery, connectionQuery, testToken, type TokenTest } from '../../api/connections'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { CauseAlert } from '../../parts/CauseAlert'
import type { Connecting } from './connecting'
import { TokenResult } from './TokenResult'
import { TokenScopes } from './TokenScopes'
import { Waiting } from './Waiting'

interface Props {
  connecting: Connecting
  /** Tells whether what is in the field has passed its test. */
  onTest?: (passed: boolean) => void
  /** What follows once a token works. */
  children?: React.ReactNode
}

/** The token is in this field, and in the one request that tests it; it is written nowhere. */
export function TokenForm({ connecting, onTest, children }: Props) {
  const { connection, method } = connecting
  const [token, setToken] = useState('')
  const client = useQueryClient()
  // Nothing of it stays in memory once the step is left.
  const test = useMutation({
    gcTime: 0,
    mutationFn: async (text: string) => {
      const answer = await testToken(text)
      if (answer.connection_id) await client.prefetchQuery(connectionQuery(answer.connection_id)) // so that it is there at once
      return answer
    },
  })
  const accept = ({ connection_id: id, ok, organizations, kind, scopes, notice }: TokenTest) => {
    if (!id) return
    if (ok) client.setQueryData(connectionOrganizationsQuery(id).queryKey, organizations)
    connecting.connect(id, { kind, scopes, notice })
    onTest?.(true)
  }
  const edit = (next: string) => {
    setToken(next)
    test.reset()
    onTest?.(false)
    if (connecting.id) connecting.connect(undefined)
  }
  const refusal = test.data && !test.data.connection_id ? test.data.error : undefined
  const authorized = connection?.state === 'authorized'
  // Called back here and not by the mutation itself: then the answer to a text that was edited meanwhile counts for nothing.
  const submit = () => token.trim() !== '' && !test.isPending && test.mutate(token, { onSuccess: accept })
  return (
    <>
      {method && <TokenScopes method={method} />}
      <form onSubmit={(event) => { event.preventDefault(); submit() }}>
        <Stack gap="xs" maw="36rem">
          <PasswordInput
            label="Personal access token" data-testid="pat" value={token} onChange={(event) => edit(event.currentTarget.value)}
            autoComplete="off" spellCheck={false} maxLength={1000} visibilityToggleButtonProps={{ 'aria-label': 'Show the token', tabIndex: 0 }}
            placeholder={authorized ? 'Tested and sealed. Paste another one to replace it' : undefined}
            description="Spaces and line ends around it are ignored. It is sent once, to be tested, and sealed; this page keeps it nowhere."
          />
          {token.trim().startsWith('github_pat_') && (
            <Text size="sm">This is a fine-grained token. GitHub does not tell its permissions: what it can read is tried out instead, for the one organization that it belongs to.</Text>
          )}
          <Group>
            <Button type="submit" variant={authorized ? 'default' : 'filled'} loading={test.isPending} disabled={token.trim() === ''} data-testid="test-connection">Test connection</Button>
            <span role="status" className={test.isPending ? undefined : 'visually-hidden'}>{test.isPending ? 'Asking GitHub…' : ''}</span>
          </Group>
        </Stack>
      </form>
      <Stack gap="sm" data-testid="test-result">
        {test.error && <ErrorPanel what="The token could not be tested" error={test.error} retry={submit} />}
        {refusal && <CauseAlert cause={refusal} title="The connection does not work yet" />}
        {refusal && test.data && test.data.scopes.length > 0 && <TokenScopes.Verdicts scopes={test.data.scopes} />}
        {connection === null && connecting.id && <Text role="alert">The token that was tested is not kept any more. Paste it again.</Text>}
        {connection && connection.state !== 'authorized' && <Waiting connection={connection} />}
        {authorized && <TokenResult connection={connection} tested={connecting.tested} />}
        {authorized && children}
      </Stack>
    </>
  )
}
