import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { providersQuery, type Provider } from '../../api/connections'
import { useReadOnlyReason } from '../../api/session'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { LinkButton } from '../../parts/links'
import { Loading } from '../../parts/Loading'
import { Page } from '../../parts/Page'
import { ConfirmStep } from './ConfirmStep'
import { ConnectStep } from './ConnectStep'
import { Frame } from './Frame'
import { MethodStep } from './MethodStep'
import { Notice } from '../../parts/Notice'
import { NameStep } from './NameStep'
import { OrganizationsStep } from './OrganizationsStep'
import { ProgressStep } from './ProgressStep'
import { ProviderStep } from './ProviderStep'
import { ServicesStep } from './ServicesStep'
import { stepToShow } from './steps'
import { TokenStep } from './TokenStep'
import { useWizard } from './useWizard'

/** S2 to S5: from "Add integration" to what it has brought. */
export function Wizard() {
  const search = useSearch({ from: '/settings/integrations/new' })
  const providers = useQuery(providersQuery)
  const readOnly = useReadOnlyReason()
  if (readOnly) {
    return (
      <Page title={['Add integration', 'Integrations']} heading="Add integration">
        <Stack gap="md" align="flex-start">
          <Notice tone="amber" role="note" title="You can't add an integration">{readOnly}</Notice>
          <LinkButton to="/settings/integrations" variant="default">Go to integrations</LinkButton>
        </Stack>
      </Page>
    )
  }
  const provider = providers.data?.[0]
  if (!provider) {
    return (
      <Frame step={stepToShow(search, undefined, 0, 0)} method={search.method}>
        {providers.error ? <ErrorPanel what="The providers could not be read" error={providers.error} retry={() => void providers.refetch()} /> : <Loading rows={3} height={60} />}
      </Frame>
    )
  }
  return <Steps providers={providers.data ?? []} provider={provider} />
}

function Steps({ providers, provider }: { providers: Provider[]; provider: Provider }) {
  const { wizard, pending, error, retry } = useWizard(provider.auth_methods)
  if (pending) {
    const named = wizard.search.step ?? 'connect' // most often it is the one
    return (
      <Frame step={named} method={wizard.search.method}>
        {error ? <ErrorPanel what="The connection could not be read" error={error} retry={retry} /> : <Loading rows={3} height={60} />}
      </Frame>
    )
  }
  return (
    <Frame step={wizard.step} method={wizard.search.method} onStep={(step) => wizard.go({ step })}>
      {error && <ErrorPanel what="The connection could not be read. What is shown may be old" error={error} retry={retry} />}
      {wizard.step === 'provider' && <ProviderStep wizard={wizard} providers={providers} />}
      {wizard.step === 'method' && <MethodStep wizard={wizard} provider={provider} />}
      {wizard.step === 'connect' && (wizard.search.method === 'personal_access_token'
        ? <TokenStep wizard={wizard} advice={provider.advice} /> : <ConnectStep wizard={wizard} advice={provider.advice} />)}
      {wizard.step === 'organizations' && <OrganizationsStep wizard={wizard} />}
      {wizard.step === 'services' && <ServicesStep wizard={wizard} />}
      {wizard.step === 'name' && <NameStep wizard={wizard} />}
      {wizard.step === 'confirm' && <ConfirmStep wizard={wizard} />}
      {wizard.step === 'progress' && <ProgressStep wizard={wizard} />}
    </Frame>
  )
}
