import { Box, Button, Center, Group, PasswordInput, Stack, Text, Title } from '@mantine/core'
import { useEffect, useState } from 'react'
import { toApiError } from '../api/problem'
import { useSignIn } from '../api/session'
import { ErrorPanel } from '../parts/ErrorPanel'
import { Brand } from './Brand'
import { ThemeSwitch } from './ThemeSwitch'

/** Exchanges an API token for a session; the token is kept nowhere. */
export function SignIn() {
  const [token, setToken] = useState('')
  const [error, setError] = useState<unknown>()
  const signIn = useSignIn()
  const wrong = toApiError(error).status === 401
  const submit = () => {
    setError(undefined)
    signIn.mutate(token.trim(), { onError: setError, onSettled: () => { setToken(''); signIn.reset() } })
  }
  useEffect(() => {
    document.title = 'Sign in – Tributary'
  }, [])
  return (
    <Center component="main" mih="100vh" p="md">
      <Box className="panel" p="xl" w="100%" maw={420}>
        <Group justify="space-between" mb="md"><Group gap="xs"><Brand /><Text fw={700}>Tributary</Text></Group><ThemeSwitch /></Group>
        <Title order={1} mb="xs">Sign in</Title>
        <Text size="sm" mb="md">This installation wants an API token. The people who run it make one with <code>tributary token create</code>.</Text>
        <form onSubmit={(event) => { event.preventDefault(); submit() }}>
          <Stack gap="md">
            <PasswordInput
              label="API token" name="token" autoComplete="current-password" required autoFocus value={token} onChange={(event) => setToken(event.currentTarget.value)}
              visibilityToggleButtonProps={{ 'aria-label': 'Show the token' }}
              error={wrong ? 'The token is not known here, has expired or was revoked. Paste another one.' : undefined}
            />
            {error !== undefined && !wrong && <ErrorPanel what="Signing in did not work" error={error} />}
            <Button type="submit" loading={signIn.isPending} disabled={token.trim() === ''}>Sign in</Button>
          </Stack>
        </form>
      </Box>
    </Center>
  )
}
