import { Button, Group, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { providersQuery, type AuthMethod } from '../../api/connections'
import type { Integration } from '../../api/integrations'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { NotSetUp } from '../github-app/NotSetUp'
import { ConnectGitHub } from '../wizard/ConnectGitHub'
import { MethodCard } from '../wizard/MethodStep'
import { TokenForm } from '../wizard/TokenForm'
import classes from '../wizard/wizard.module.css'
import { Comparison } from './Comparison'
import { useReplacement } from './useReplacement'

/** Gets another connection in the ways of the wizard, compares it with the present one, and puts it in its place. */
export function Replacement({ integration: i }: { integration: Integration }) {
  const providers = useQuery(providersQuery)
  const methods = providers.data?.[0]?.auth_methods
  if (!methods) {
    return providers.error ? <ErrorPanel what="The methods could not be read" error={providers.error} retry={() => void providers.refetch()} /> : <Loading rows={3} height={60} />
  }
  return <Ways integration={i} methods={methods} />
}

function Ways({ integration: i, methods }: { integration: Integration; methods: AuthMethod[] }) {
  const { connecting, choose, cancel, done } = useReplacement(i.id, methods)
  const { method, connection } = connecting
  const legend = useRef<HTMLLegendElement>(null)
  useEffect(() => legend.current?.focus(), []) // the button that led here is gone
  const comparison = connection?.state === 'authorized' && <Comparison integration={i} connecting={connecting} onDone={done} />
  return (
    <Stack gap="md" mt="md" className={classes.body} data-testid="replacement">
      <fieldset className={classes.cards}>
        <legend className={classes.legend} ref={legend} tabIndex={-1}>With what shall GitHub be read?</legend>
        {methods.map((m) => <MethodCard key={m.id} method={m} checked={m.id === method?.id} onChoose={() => choose(m.id)} />)}
      </fieldset>
      {method && !method.enabled ? <NotSetUp method={method} />
        : method?.id === 'personal_access_token' ? <TokenForm key={method.id} connecting={connecting}>{comparison}</TokenForm>
        : method && <ConnectGitHub key={method.id} connecting={connecting}>{comparison}</ConnectGitHub>}
      <Group><Button variant="default" onClick={cancel}>Cancel</Button></Group>
    </Stack>
  )
}
