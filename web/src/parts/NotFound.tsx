import { Button, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Page } from './Page'

export function NotFound() {
  return (
    <Page title={['Not found']} heading="There is nothing here">
      <Text mb="md">The address has no page. It may be mistyped, or the page may be gone.</Text>
      <Button component={Link} to="/settings/integrations">Go to integrations</Button>
    </Page>
  )
}
