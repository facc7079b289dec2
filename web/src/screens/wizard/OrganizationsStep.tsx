import { Text } from '@mantine/core'
import { Footer } from './Footer'
import { MissingOrganization } from './OrganizationHelp'
import { Organizations } from './Organizations'
import type { Wizard } from './useWizard'

/** S4a.2. */
export function OrganizationsStep({ wizard }: { wizard: Wizard }) {
  return (
    <>
      <Text size="sm">Organizations that have the App installed and that {wizard.connection?.login} can see. Each one becomes an integration of its own.</Text>
      <Organizations wizard={wizard} />
      <MissingOrganization installURL={wizard.method?.install_url} />
      <Footer back={wizard.back} onNext={wizard.next} reason={wizard.selected.length === 0 ? 'Select at least one organization.' : undefined} />
    </>
  )
}
