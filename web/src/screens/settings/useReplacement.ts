import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { connectionOrganizationsQuery, connectionQuery, useForgetConnection, type AuthMethod, type Method } from '../../api/connections'
import { leaveFrom } from '../../parts/leaving'
import type { Tested } from '../wizard/choices'
import type { Connecting } from '../wizard/connecting'

/** The connection that is to take the place of an integration's. The address names it, so a reload loses nothing but a typed token. */
export function useReplacement(integration: string, methods: AuthMethod[]) {
  const search = useSearch({ from: '/settings/integrations/$id/settings' })
  const navigate = useNavigate({ from: '/settings/integrations/$id/settings' })
  const forget = useForgetConnection()
  const id = search.connection ?? ''
  const connection = useQuery(connectionQuery(id))
  const organizations = useQuery(connectionOrganizationsQuery(connection.data?.state === 'authorized' ? id : ''))
  const [tested, setTested] = useState<Tested>()
  const go = (method: Method | undefined, next?: string) => void navigate({
    search: { ...(method && { method }), ...(next && { connection: next }) }, replace: true, resetScroll: false,
  })
  const drop = () => { if (id) forget(id) }
  const connecting: Connecting = {
    method: methods.find((m) => m.id === search.method),
    id: search.connection, connection: connection.data, organizations: organizations.data, tested,
    connect: (next, test) => {
      if (id !== next) drop()
      setTested(test)
      go(search.method, next)
    },
    leave: () => leaveFrom({ to: 'settings', id: integration }),
  }
  return {
    connecting,
    choose: (method: Method) => { if (method !== search.method) { drop(); go(method) } },
    cancel: () => { drop(); go(undefined) },
    done: () => go(undefined), // it has become the integration's
  }
}
