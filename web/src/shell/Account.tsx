import { Button, Menu, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { oneLine } from '../api/problem'
import { sessionQuery, useSignOut } from '../api/session'
import { absolute } from '../format/time'
import { alarm } from '../parts/toast'

const roles = { admin: 'May look and change', viewer: 'May look, not change' } as const

/** Who the API takes the browser for. */
export function Account() {
  const { data: session } = useQuery(sessionQuery)
  const signOut = useSignOut()
  if (!session) return null
  const name = session.via === 'dev' ? 'Development' : session.name
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target><Button variant="default" size="xs" maw={160} data-testid="account">{name}</Button></Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {roles[session.role]}
          {session.via === 'dev' && <Text size="xs">Only this machine is served, without signing in.</Text>}
          {session.expires_at && <Text size="xs">Signed in until {absolute(new Date(session.expires_at))} at the latest</Text>}
        </Menu.Label>
        {session.via === 'session' && <Menu.Item onClick={() => signOut.mutate(undefined, { onError: (error) => alarm(`You are still signed in. ${oneLine(error)}`) })}>Sign out</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  )
}
