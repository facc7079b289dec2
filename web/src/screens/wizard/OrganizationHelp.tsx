import { Text } from '@mantine/core'
import type { ConnectionOrganization } from '../../api/connections'
import { Empty } from '../../parts/Empty'
import { AppCauses, GrantSteps, isRestricted, noGrantButton } from '../../parts/organizationHelp'
import classes from './wizard.module.css'

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

export function NoGrantButton({ organizations }: { organizations: ConnectionOrganization[] }) {
  if (!organizations.some(isRestricted)) return null
  return <details className={classes.more}><summary>{noGrantButton}</summary><GrantSteps organizations={organizations} /></details>
}
