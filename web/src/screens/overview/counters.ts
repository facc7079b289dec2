import type { Collected } from '../../api/services'
import type { StreamKind } from '../../format/streams'

export interface Counter {
  name: string
  stored: number
  newest: string | undefined
  completeThrough: string | undefined
  /** off: no service that is on brings it. Nothing is said before something was read to its end. */
  state: 'off' | 'processing' | 'healthy' | 'failed' | undefined
}

const shown: [name: string, kinds: StreamKind[]][] = [
  ['Commits on default branches', ['commits']],
  ['Pull requests', ['pull_requests']],
  ['Comments', ['review_comments', 'issue_comments']],
  ['Tickets', ['issues']],
]

/** What people look for first, of all that is stored. */
export function countersOf(collected: Collected): Counter[] {
  const streams = collected.services.flatMap((service) => service.streams.map((stream) => ({ ...stream, on: service.on })))
  return shown.map(([name, kinds]) => {
    const all = streams.filter((s) => kinds.includes(s.kind))
    const on = all.filter((s) => s.on)
    const unread = on.some((s) => s.unread > 0 || !s.complete_through)
    return {
      name,
      stored: all.reduce((sum, s) => sum + s.stored, 0),
      newest: all.map((s) => s.newest).filter((at) => at !== undefined).sort().pop(),
      completeThrough: unread ? undefined : on.map((s) => s.complete_through).filter((at) => at !== undefined).sort()[0],
      state: on.length === 0 ? 'off' : on.some((s) => s.failing > 0) ? 'failed' : on.some((s) => s.unread > 0) ? 'processing' : on.some((s) => s.complete_through) ? 'healthy' : undefined,
    }
  })
}
