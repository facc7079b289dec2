import { Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { integrationQuery } from '../../api/integrations'
import { webhooksQuery } from '../../api/webhooks'
import { Empty } from '../../parts/Empty'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { LinkButton } from '../../parts/links'
import { Loading } from '../../parts/Loading'
import { OrganizationWebhooks } from './OrganizationWebhooks'

/** S7d: whether GitHub tells what is new, by organization. */
export function Webhooks() {
  const { id } = useParams({ from: '/settings/integrations/$id' })
  const { data: integration } = useQuery(integrationQuery(id))
  const { data, error, refetch } = useQuery(webhooksQuery(id))
  if (error && !data) return <ErrorPanel what="The webhooks could not be read" error={error} retry={() => void refetch()} />
  if (!data || !integration) return <Loading rows={3} height={120} />
  return (
    <Stack gap="md">
      {error && <ErrorPanel what="The webhooks could not be updated" error={error} retry={() => void refetch()} />}
      <Text size="sm">With webhooks GitHub says what is new as it happens. Nothing depends on them: what they do not announce is read by schedule.</Text>
      {data.items.length === 0 && (
        <Empty title="No organization yet" action={<LinkButton to="/settings/integrations/$id/repos" params={{ id }}>Go to Repos</LinkButton>}>
          Webhooks belong to an organization. Import a repo of one first.
        </Empty>
      )}
      {data.items.map((of) => <OrganizationWebhooks key={of.organization_id} id={id} of={of} app={integration.auth_method === 'github_app'} />)}
    </Stack>
  )
}
