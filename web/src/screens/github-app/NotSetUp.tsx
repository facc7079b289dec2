import { Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { AuthMethod } from '../../api/connections'
import { githubAppQuery, useRefreshGitHubApp } from '../../api/githubApp'
import { Notice } from '../../parts/Notice'
import { CreateAppButton } from './CreateAppButton'

/** A method that the address names and that cannot be used yet. An App that is still being taken over ends this by itself. */
export function NotSetUp({ method }: { method: AuthMethod }) {
  const isApp = method.id === 'github_app'
  const { data: app } = useQuery({ ...githubAppQuery, enabled: isApp })
  const refresh = useRefreshGitHubApp()
  const configured = app?.configured ?? false
  useEffect(() => {
    if (configured) void refresh()
  }, [configured])
  return (
    <Notice tone="amber" role="note" title="This method is not set up here">
      <Stack gap="sm">
        <Text size="sm">{method.reason}</Text>
        {isApp && <><Text size="sm">Where you have just created it, this page goes on by itself as soon as GitHub has told its key.</Text><CreateAppButton /></>}
      </Stack>
    </Notice>
  )
}
