import { useSuspenseQuery } from '@tanstack/react-query'
import { Page } from '../../parts/Page'
import { integrationQuery } from '../../api/integrations'
import { useParams } from '@tanstack/react-router'
export function IntegrationPage() {
  const { id } = useParams({ from: '/settings/integrations/$id' })
  const { data } = useSuspenseQuery(integrationQuery(id))
  return <Page title={[data.name, 'Integrations']} heading={data.name}>{null}</Page>
}
