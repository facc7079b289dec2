import { List, Text } from '@mantine/core'
import type { IntegrationOrganization } from '../api/integrations'
import { ExternalLink } from './links'

/** The two reasons for which an organization of the App is not listed. */
export function AppCauses({ installURL }: { installURL: string | undefined }) {
  return (
    <List size="sm" spacing={4}>
      <List.Item>The App is not installed on it. An owner installs it: {installURL ? <ExternalLink href={installURL}>Install the app on another organization</ExternalLink> : 'on its page in GitHub'}.</List.Item>
      <List.Item>The account that you signed in with can't see it. Add the account to the organization, or use another one.</List.Item>
    </List>
  )
}

export const noGrantButton = 'No Grant or Request button, or no red ✗?'

/** L75b to L78: what an owner does where GitHub's page of the application shows no button. */
export function GrantSteps({ organizations }: { organizations: Pick<IntegrationOrganization, 'id' | 'login' | 'html_url' | 'access'>[] }) {
  return (
    <>
      <Text size="sm" mb={4}>Then an owner grants access at the organization: its Settings, then Third-party access, then the pencil beside the application, then Grant access.</Text>
      <List size="sm">
        {organizations.filter(isRestricted).map((o) => (
          <List.Item key={o.id}><ExternalLink href={new URL(`/organizations/${o.login}/settings/oauth_application_policy`, o.html_url).href}>Third-party access of {o.login}</ExternalLink></List.Item>
        ))}
      </List>
    </>
  )
}

export const isRestricted = (o: { access: string }) => o.access === 'oauth_restricted'
