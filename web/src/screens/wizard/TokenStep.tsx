import { Text, Title } from '@mantine/core'
import { useState } from 'react'
import { ExternalLink } from '../../parts/links'
import { Footer } from './Footer'
import { Organizations } from './Organizations'
import { ServiceAccount } from './ServiceAccount'
import { TokenForm } from './TokenForm'
import type { Wizard } from './useWizard'
import { notReady } from './Waiting'

/** S4c. */
export function TokenStep({ wizard, advice }: { wizard: Wizard; advice: string }) {
  const { connection, method, selected } = wizard
  const [passed, setPassed] = useState(false)
  const reason = notReady(connection, selected.length, 'Test a token first.')
  return (
    <>
      <ServiceAccount advice={advice} />
      <TokenForm connecting={wizard} onTest={setPassed}>
        <Title order={2}>Organizations</Title>
        <Organizations wizard={wizard} />
      </TokenForm>
      <Footer back={wizard.back} arrived={passed && !reason ? connection?.id : undefined} onNext={wizard.next} reason={reason} />
      <Text size="xs" c="dimmed">
        Leaving this page clears the field. {method?.token_url && <>Tokens are listed on <ExternalLink href={tokenList(method.token_url)}>GitHub's page of tokens</ExternalLink>.</>}
      </Text>
    </>
  )
}

/** The page beside that for a new token. */
function tokenList(tokenURL: string): string {
  return new URL('.', tokenURL).href.replace(/\/$/, '')
}
