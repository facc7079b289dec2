import { Title } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { NotSetUp } from '../github-app/NotSetUp'
import { ConnectGitHub, connectLabel } from './ConnectGitHub'
import { Footer } from './Footer'
import { Organizations } from './Organizations'
import { ServiceAccount } from './ServiceAccount'
import type { Wizard } from './useWizard'
import { notReady } from './Waiting'

/** S4a and S4b: through GitHub's own page. */
export function ConnectStep({ wizard, advice }: { wizard: Wizard; advice: string }) {
  const { connection, method, selected } = wizard
  const isApp = method?.id === 'github_app'
  const arrived = useArrived(connection?.state)
  if (method && !method.enabled) {
    return <><NotSetUp method={method} /><Footer back={wizard.back} onNext={wizard.next} reason="The method is not set up." /></>
  }
  const first = `Press ${connectLabel(isApp)} first.`
  const reason = isApp ? (connection?.state === 'authorized' ? undefined : first) : notReady(connection, selected.length, first)
  return (
    <>
      <ServiceAccount advice={advice} />
      <ConnectGitHub connecting={wizard}>
        {!isApp && <><Title order={2}>Organizations</Title><Organizations wizard={wizard} /></>}
      </ConnectGitHub>
      <Footer back={wizard.back} arrived={arrived && !reason ? connection?.id : undefined} onNext={wizard.next} reason={reason} />
    </>
  )
}

/** Whether people have come back from GitHub while this step was shown. */
function useArrived(state: string | undefined): boolean {
  const waited = useRef(false)
  const [arrived, setArrived] = useState(false)
  useEffect(() => {
    if (state === 'pending') waited.current = true
    setArrived(state === 'authorized' && waited.current)
  }, [state])
  return arrived
}
