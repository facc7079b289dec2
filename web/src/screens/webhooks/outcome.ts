import { isPending, type Change, type Webhooks } from '../../api/webhooks'

interface Outcome { done: boolean; text: string }

/** What came of a change within the seconds that the API waits for GitHub. */
export function outcome(change: Change, before: Webhooks, after: Webhooks): Outcome {
  const { organization, hooks, cause } = after
  const open = hooks.some(isPending)
  const refused = hooks.some((h) => h.cause && (h.state === 'creating' || h.state === 'removing'))
  const notYet = (text: string): Outcome => ({ done: false, text })
  switch (change) {
    case 'on':
      if (refused) return notYet(`GitHub did not let it be set up: ${cause?.title ?? 'it is tried again'}.`)
      return open ? notYet('GitHub has not answered yet. It goes on by itself.') : { done: true, text: `Webhooks of ${organization} are switched on` }
    case 'off':
      if (refused) return notYet('They are switched off, and GitHub did not let everything be deleted.')
      return open ? notYet('GitHub has not deleted everything yet. It goes on by itself.') : { done: true, text: `Webhooks of ${organization} are switched off` }
    case 'ping':
      return latestPing(after) > latestPing(before) ? { done: true, text: 'The ping arrived' } : notYet('GitHub was asked for a ping, and none has arrived yet.')
    case 'rotate':
      return open || refused ? notYet('GitHub does not have the new secret yet. Until then the old one counts.') : { done: true, text: 'The secret was replaced' }
  }
}

const latestPing = ({ hooks }: Webhooks): number => Math.max(0, ...hooks.map((h) => (h.pinged_at ? Date.parse(h.pinged_at) : 0)))
