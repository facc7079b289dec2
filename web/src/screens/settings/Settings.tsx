import { Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { integrationQuery } from '../../api/integrations'
import { TextLink } from '../../parts/links'
import { Loading } from '../../parts/Loading'
import { Panel } from '../../parts/Panel'
import { Credential } from './Credential'
import { DangerZone } from './DangerZone'
import { NameForm } from './NameForm'

/** S7g: the name, with what GitHub is read, and the end of it. */
export function Settings() {
  const { id } = useParams({ from: '/settings/integrations/$id' })
  const { data: integration } = useQuery(integrationQuery(id))
  if (!integration) return <Loading rows={4} height={72} />
  return (
    <Stack gap="md">
      <Panel title="Name"><NameForm key={integration.name} integration={integration} /></Panel>
      <Credential integration={integration} />
      <DangerZone integration={integration} />
      <Text size="sm" c="dimmed">What is read, and how far back, is set in <TextLink inherit underline="always" to="/settings/integrations/$id/services" params={{ id }}>Services</TextLink>.</Text>
    </Stack>
  )
}
