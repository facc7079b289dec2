import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { connectionQuery, startOAuth, useForgetConnection } from '../../api/connections'
import type { Connecting } from './connecting'

const name = 'tributary-github' // one window: opened again, it is the same
let gitHub: Window | null = null // outlives the step that opened it

/** Sends people to GitHub in a window of its own, or in this one where that is blocked. */
export function useGitHubWindow(connecting: Connecting) {
  const { id } = connecting
  const purpose = connecting.method?.id === 'github_app' ? 'app_orgs' : 'oauth'
  const client = useQueryClient()
  const forget = useForgetConnection()
  const [blocked, setBlocked] = useState(false)
  const start = useMutation({ mutationFn: (how: { mode: 'popup' | 'redirect'; choose: boolean }) => startOAuth(purpose, how.mode, how.choose) })

  // The page that GitHub leads back to tells its opener. That saves the wait for
  // the next look, and is not relied upon: a policy of GitHub's can cut the tie.
  useEffect(() => {
    const arrived = (event: MessageEvent<unknown>) => {
      if (event.origin !== window.location.origin || !id || !isArrival(event.data, id)) return
      void client.invalidateQueries({ queryKey: connectionQuery(id).queryKey })
    }
    window.addEventListener('message', arrived)
    return () => window.removeEventListener('message', arrived)
  }, [id, client])

  const open = (choose = false) => {
    // Before anything is waited for: browsers allow it in answer to a click only.
    gitHub = window.open('', name, `popup,width=600,height=760,left=${window.screenX + 80},top=${window.screenY + 60}`)
    setBlocked(!gitHub || gitHub.closed)
    if (!gitHub || gitHub.closed) return
    const opened = gitHub
    start.mutate({ mode: 'popup', choose }, {
      onSuccess: (started) => {
        opened.location.href = started.authorize_url
        opened.focus()
        connecting.connect(started.connection_id)
      },
      onError: () => opened.close(),
    })
  }
  const redirect = (choose = false) => start.mutate({ mode: 'redirect', choose }, {
    onSuccess: (started) => {
      if (id) forget(id)
      connecting.leave()
      window.location.assign(started.authorize_url)
    },
  })
  const cancel = () => {
    gitHub?.close()
    start.reset()
    connecting.connect(undefined)
  }
  return { open, redirect, cancel, blocked, starting: start.isPending, error: start.error, closed: useClosed(connecting.connection?.state === 'pending') }
}

function isArrival(data: unknown, id: string): boolean {
  return typeof data === 'object' && data !== null && 'type' in data && data.type === 'tributary:connected' && 'connection_id' in data && data.connection_id === id
}

/** Whether the window that was opened is not there any more, while that matters. */
function useClosed(watched: boolean): boolean {
  const [closed, setClosed] = useState(false)
  useEffect(() => {
    if (!watched) return undefined
    const look = () => setClosed(!gitHub || gitHub.closed)
    look()
    const timer = setInterval(look, 500)
    return () => clearInterval(timer)
  }, [watched])
  return closed
}
