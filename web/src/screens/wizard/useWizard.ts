import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { connectionOrganizationsQuery, connectionQuery, useForgetConnection, type AuthMethod, type ConnectionOrganization } from '../../api/connections'
import { compact } from '../../format/search'
import { leaveFrom } from '../../parts/leaving'
import { selectedOf, type Choices } from './choices'
import type { Connecting } from './connecting'
import { neighbour, stepsOf, stepToShow, type Step, type WizardSearch } from './steps'
import { useChoices, type Change } from './useChoices'

/** What every step works with. */
export interface Wizard extends Connecting {
  step: Step
  search: WizardSearch
  selected: ConnectionOrganization[]
  choices: Choices
  change: Change
  /** Writes into the address; replace leaves no step to come back to. */
  go: (next: WizardSearch, replace?: boolean) => void
  next: () => void
  back: (() => void) | undefined
}

export function useWizard(methods: AuthMethod[]) {
  const search = useSearch({ from: '/settings/integrations/new' })
  const navigate = useNavigate({ from: '/settings/integrations/new' })
  const forget = useForgetConnection()
  const id = search.connection ?? ''
  const connection = useQuery(connectionQuery(id))
  const organizations = useQuery(connectionOrganizationsQuery(connection.data?.state === 'authorized' ? id : ''))
  const [choices, change] = useChoices(id)
  const selected = selectedOf(choices, search.method, organizations.data ?? [])
  const step = stepToShow(search, connection.data, selected.length, choices.created.length)
  const go = (next: WizardSearch, replace = false) => void navigate({ search: (before) => compact({ ...before, ...next }), replace })
  const beyond = search.step !== undefined && stepsOf(search.method).indexOf(search.step) > 2
  const before = neighbour(search.method, step, -1)
  const wizard: Wizard = {
    step, search, choices, change, go, selected, id: search.connection, tested: choices.tested,
    method: methods.find((m) => m.id === search.method),
    connection: connection.data, organizations: organizations.data,
    next: () => go({ step: neighbour(search.method, step, 1) }),
    back: before && (() => go({ step: before })),
    connect: (next, tested) => {
      if (id && id !== next) forget(id)
      if (next && tested) change({ connection: next, tested })
      go({ connection: next, step: 'connect' }, true)
    },
    leave: () => leaveFrom(undefined),
  }
  return {
    wizard,
    /** Whether the step that the address names can be shown is known only when these have answered. */
    pending: beyond && id !== '' && (connection.isPending || (connection.data?.state === 'authorized' && organizations.isPending)),
    error: connection.error ?? organizations.error,
    retry: () => void (connection.error ? connection.refetch() : organizations.refetch()),
  }
}
