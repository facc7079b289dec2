import { isPending, type Change, type Webhooks } from '../../api/webhooks'

/** What came of a change within the seconds that the API waits for GitHub. */
export function outcome(change: Change, before: Webhooks, after: Webhooks): { done: boolean; text: string } {
  const { organization } = after
  const open = after.hooks.some(isPending)
  switch (change) {
    case 'on': return open ? { done: false, text: 'GitHub has not answered yet. It goes on by itself.' } : { done: true, text: `Webhooks of ${organization} are switched on` }
    case 'off': return open ? { done: false, text: 'GitHub has not deleted all of it yet. It goes on by itself.' } : { done: true, text: `Webhooks of ${organization} are switched off` }
    case 'ping': return latestPing(after) > latestPing(before) ? { done: true, text: 'The ping arrived' } : { done: false, text: 'GitHub was asked for a ping, and none has arrived yet.' }
    case 'rotate': return open ? { done: false, text: 'GitHub does not have the new secret yet. Until then the old one counts.' } : { done: true, text: 'The secret was replaced' }
  }
}

const latestPing = ({ hooks }: Webhooks): number => Math.max(0, ...hooks.map((h) => (h.pinged_at ? Date.parse(h.pinged_at) : 0)))
