import { List } from '@mantine/core'
import { Empty } from '../../parts/Empty'
import { LinkButton } from '../../parts/links'

/** What is shown while nothing is connected. */
export function FirstRun() {
  return (
    <Empty title="Connect GitHub to start" action={<LinkButton to="/settings/integrations/new">Add integration</LinkButton>}>
      <List type="ordered" spacing="xs">
        <List.Item><strong>Create a service account</strong> on GitHub, so that nothing stops when a person leaves.</List.Item>
        <List.Item><strong>Connect</strong> with the GitHub App, OAuth or a personal access token.</List.Item>
        <List.Item><strong>Import repos</strong>: you choose which, and new ones can come by themselves.</List.Item>
      </List>
    </Empty>
  )
}
