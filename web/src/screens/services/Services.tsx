import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { connectionQuery, providersQuery } from '../../api/connections'
import { integrationQuery, organizationsQuery } from '../../api/integrations'
import { collectedQuery } from '../../api/services'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { needsOf, unavailableIn } from './needs'
import { ReadFrom } from './ReadFrom'
import { ServiceCard } from './ServiceCard'

/** S7c: what is collected, switched on and off. */
export function Services() {
  const { id } = useParams({ from: '/settings/integrations/$id' })
  const { data: integration } = useQuery(integrationQuery(id))
  const collected = useQuery(collectedQuery(id))
  const { data: organizations } = useQuery(organizationsQuery(id))
  const { data: providers } = useQuery(providersQuery)
  const { data: grant } = useQuery(connectionQuery(integration?.connection_id ?? ''))
  if (collected.error && !collected.data) return <ErrorPanel what="What is collected could not be read" error={collected.error} retry={() => void collected.refetch()} />
  if (!collected.data || !integration) return <Loading rows={3} height={180} />
  const claimed = (organizations?.items ?? []).filter((o) => o.claimed)
  const method = providers?.flatMap((p) => p.auth_methods).find((m) => m.id === integration.auth_method)
  const on = collected.data.services.filter((s) => s.on)
  return (
    <Stack gap="md">
      {collected.error && <ErrorPanel what="What is collected could not be updated" error={collected.error} retry={() => void collected.refetch()} />}
      {collected.data.services.map((s) => (
        <ServiceCard
          key={s.service} integration={integration} collected={s} needs={needsOf(s.service, method, grant ?? undefined, claimed)}
          unavailable={unavailableIn(s.service, claimed)} nowhere={claimed.length > 0 && claimed.every((o) => !o.services[s.service].available)} last={s.on && on.length === 1}
        />
      ))}
      <ReadFrom integration={integration} />
    </Stack>
  )
}
