import { Anchor, Text, Title } from '@mantine/core'
import { useState } from 'react'
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
      <Footer back={wizard.back} focus={passed && !reason} onNext={wizard.next} reason={reason} />
      <Text size="xs" c="dimmed">
        Leaving this page clears the field. {method?.token_url && <>Tokens are listed on <Anchor inherit underline="always" href={tokenList(method.token_url)} target="_blank" rel="noopener noreferrer">GitHub's page of tokens<span className="visually-hidden"> (opens in new tab)</span></Anchor>.</>}
      </Text>
    </>
  )
}

/** The page beside that for a new token. */
function tokenList(tokenURL: string): string {
  return new URL('.', tokenURL).href.replace(/\/$/, '')
}
