import { List, Text } from '@mantine/core'
import type { ConnectionOrganization } from '../../api/connections'
import { Empty } from '../../parts/Empty'
import { ExternalLink } from '../../parts/links'
import classes from './wizard.module.css'

/** The two reasons for which an organization of the App is not listed. */
export function AppCauses({ installURL }: { installURL: string | undefined }) {
  return (
    <List size="sm" spacing={4}>
      <List.Item>
        The App is not installed on it. An owner installs it: {installURL
          ? <ExternalLink href={installURL}>Install the app on another organization</ExternalLink>
          : 'on its page in GitHub'}.
      </List.Item>
      <List.Item>The account that you signed in with can't see it. Add the account to the organization, or use another one.</List.Item>
    </List>
  )
}

export function MissingOrganization({ installURL }: { installURL: string | undefined }) {
  return (
    <details className={classes.more} data-testid="missing-org">
      <summary>Don't see an organization?</summary>
      <Text size="sm" mb={4}>There are two causes. When one is mended, press Check again: what you have selected stays selected.</Text>
      <AppCauses installURL={installURL} />
    </details>
  )
}

export function NoOrganizations({ isApp, installURL }: { isApp: boolean; installURL: string | undefined }) {
  if (isApp) return <Empty title="The app isn't installed on any organization you can see."><AppCauses installURL={installURL} /></Empty>
  return <Empty title="The account is in no organization">Add the account to an organization on GitHub, then check again. Repositories of personal accounts are not ingested.</Empty>
}

/** L75b to L78: what an owner does where GitHub's page of the application shows no button. */
export function NoGrantButton({ organizations, grantURL }: { organizations: ConnectionOrganization[]; grantURL: string | undefined }) {
  const restricted = organizations.filter((o) => o.access === 'oauth_restricted')
  if (restricted.length === 0) return null
  const gitHub = grantURL ? new URL(grantURL).origin : 'https://github.com'
  return (
    <details className={classes.more}>
      <summary>No Grant or Request button, or no red ✗?</summary>
      <Text size="sm" mb={4}>Then an owner grants access at the organization: its Settings, then Third-party access, then the pencil beside the application, then Grant access.</Text>
      <List size="sm">
        {restricted.map((o) => (
          <List.Item key={o.id}><ExternalLink href={`${gitHub}/organizations/${o.login}/settings/oauth_application_policy`}>Third-party access of {o.login}</ExternalLink></List.Item>
        ))}
      </List>
    </details>
  )
}
