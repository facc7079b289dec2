import { Alert, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { gapsQuery, type Gap, type Integration } from '../../api/integrations'
import { useReadOnlyReason } from '../../api/session'
import { gapTitle } from '../../format/gaps'
import { GapText } from '../../parts/GapText'
import { TextLink } from '../../parts/links'
import { ReasonedButton } from '../../parts/ReasonedButton'
import { useActions } from '../../parts/useActions'

const shown = 2

/** What is known to be missing, worst first; that GitHub's limit is waited for is no alarm. */
export function Alerts({ integration: i }: { integration: Integration }) {
  const { data } = useQuery({ ...gapsQuery(i.id), enabled: i.gaps > 0 })
  const gaps = i.gaps > 0 ? (data?.items ?? []) : []
  if (i.lifecycle === 'paused') return <Paused integration={i} />
  if (gaps.length === 0) return null
  return (
    <Stack gap="xs" mb="md" data-testid="alerts">
      {gaps.slice(0, shown).map((gap) => <GapAlert key={`${gap.code} ${gap.organization_id} ${gap.subject}`} gap={gap} />)}
      {gaps.length > shown && <TextLink size="sm" underline="always" to="/settings/integrations/$id/diagnostics" params={{ id: i.id }}>{gaps.length - shown} more in Diagnostics</TextLink>}
    </Stack>
  )
}

function GapAlert({ gap }: { gap: Gap }) {
  const calm = gap.code === 'rate_limited' || gap.code === 'secondary_limited'
  return (
    <Alert color={calm ? 'yellow' : 'orange'} title={gapTitle(gap)}>
      <GapText gap={gap} />
    </Alert>
  )
}

function Paused({ integration }: { integration: Integration }) {
  const { act, pending } = useActions(integration)
  const readOnly = useReadOnlyReason()
  return (
    <Alert color="gray" title="Paused" mb="md" data-testid="paused">
      <Text size="sm" mb="xs">Nothing is read from GitHub until somebody resumes it. What is stored stays, and reading goes on where it was.</Text>
      <ReasonedButton size="xs" variant="default" reason={readOnly} loading={pending === 'resume'} onClick={() => act('resume')}>Resume</ReasonedButton>
    </Alert>
  )
}
