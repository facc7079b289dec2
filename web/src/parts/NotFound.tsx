import { Text } from '@mantine/core'
import { LinkButton } from './links'
import { Page } from './Page'

export function NotFound() {
  return (
    <Page title={['Not found']} heading="There is nothing here">
      <Text mb="md">The address has no page. It may be mistyped, or the page may be gone.</Text>
      <LinkButton to="/settings/integrations">Go to integrations</LinkButton>
    </Page>
  )
}
