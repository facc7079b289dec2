import { Group, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useRefreshGroups } from '../../api/groups'
import { connectionStatusQuery } from '../../api/integrations'
import { useReadOnlyReason } from '../../api/session'
import { ErrorLine } from '../../parts/ErrorLine'
import { ReasonedButton } from '../../parts/ReasonedButton'
import { Time } from '../../parts/Time'

const away = 5_000

/** Asks GitHub again. Who comes back from GitHub's pages has probably granted something there, so coming back asks as well. */
export function RefreshGroups({ id }: { id: string }) {
  const { data: connection } = useQuery(connectionStatusQuery(id))
  const refresh = useRefreshGroups(id)
  const readOnly = useReadOnlyReason()
  const { mutate } = refresh
  useEffect(() => {
    if (readOnly) return undefined
    let left = Infinity
    const turned = () => {
      if (document.hidden) left = Date.now()
      else if (Date.now() - left >= away) mutate()
    }
    document.addEventListener('visibilitychange', turned)
    return () => document.removeEventListener('visibilitychange', turned)
  }, [mutate, readOnly])
  return (
    <Group gap="xs">
      <Text size="xs" c="dimmed" role="status">{refresh.isPending ? 'Asking GitHub…' : !refresh.error && connection?.checked_at && <>Checked <Time at={connection.checked_at} /></>}</Text>
      {refresh.error && <ErrorLine error={refresh.error} />}
      <ReasonedButton size="xs" variant="default" reason={readOnly} loading={refresh.isPending} onClick={() => mutate()} data-testid="refresh-groups">Refresh groups</ReasonedButton>
    </Group>
  )
}
