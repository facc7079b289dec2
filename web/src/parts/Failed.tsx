import { Button, Code, Text } from '@mantine/core'
import type { ErrorComponentProps } from '@tanstack/react-router'
import { Page } from './Page'

/** A defect of ours, or a file of the page that is not there any more after an upgrade. */
export function Failed({ error }: ErrorComponentProps) {
  return (
    <Page title={['Error']} heading="This page could not be shown">
      <Text mb="xs">Tributary may have been upgraded since this page was opened. Reloading fetches the new one; nothing that is stored is affected.</Text>
      <Code block mb="md">{error instanceof Error ? error.message : 'unknown'}</Code>
      <Button onClick={() => window.location.reload()}>Reload the page</Button>
    </Page>
  )
}
