import { Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { connectionStatusQuery, type Integration } from '../../api/integrations'
import { useReadOnlyReason } from '../../api/session'
import { healthLooks, methodWords } from '../../format/status'
import { CauseText } from '../../parts/CauseText'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { FactList } from '../../parts/FactList'
import { Loading } from '../../parts/Loading'
import { Panel } from '../../parts/Panel'
import { ReasonedButton } from '../../parts/ReasonedButton'
import { Status } from '../../parts/Status'
import { Time } from '../../parts/Time'
import { Replacement } from './Replacement'

/** What GitHub is read with, and what is to take its place. */
export function Credential({ integration: i }: { integration: Integration }) {
  const { data: connection, error, refetch } = useQuery(connectionStatusQuery(i.id))
  const { method } = useSearch({ from: '/settings/integrations/$id/settings' })
  const navigate = useNavigate({ from: '/settings/integrations/$id/settings' })
  const readOnly = useReadOnlyReason()
  const replacing = method !== undefined && !readOnly
  return (
    <Panel title="Credential">
      {error && !connection && <ErrorPanel what="The credential could not be read" error={error} retry={() => void refetch()} />}
      {!connection && !error && <Loading rows={3} height={20} />}
      {connection && (
        <Stack gap="sm" data-testid="credential">
          <FactList facts={[
            ['Method', methodWords[connection.auth_method]],
            ['Account', connection.login],
            ['State', <Status key="state" look={healthLooks[connection.health]} />],
            ['Expires', connection.expires_at && <Time at={connection.expires_at} />],
            ['Checked', connection.checked_at && <Time at={connection.checked_at} />],
          ]} />
          {connection.cause && <CauseText cause={connection.cause} />}
          {!replacing && (
            <Stack gap="xs">
              <Text size="sm">Another token, another account or another method can take its place. What is stored stays. First you see what would be read more or less.</Text>
              <Group gap="xs">
                <ReasonedButton variant="default" reason={readOnly} onClick={() => void navigate({ search: { method: connection.auth_method }, resetScroll: false })} data-testid="replace-credential">Replace credential</ReasonedButton>
              </Group>
            </Stack>
          )}
        </Stack>
      )}
      {replacing && <Replacement integration={i} />}
    </Panel>
  )
}
