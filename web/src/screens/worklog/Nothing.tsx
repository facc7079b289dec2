import { Button, Group } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { integrationsQuery } from '../../api/integrations'
import type { WorkLog } from '../../api/worklog'
import { Empty } from '../../parts/Empty'
import { LinkButton } from '../../parts/links'
import { dayOf, dayWords, mondayOf } from '../../format/days'
import { isFiltered, noFilter, type WorkLogSearch } from './search'

interface Props { search: WorkLogSearch; log: WorkLog; change: (next: WorkLogSearch) => void }

/** Why no row is there, and what to do about it. */
export function Nothing({ search, log, change }: Props) {
  const { data } = useInfiniteQuery(integrationsQuery({}))
  const integrations = data?.pages.flatMap((page) => page.items)
  if (!integrations) return null
  if (integrations.length === 0) {
    return <Empty title="No integration yet" action={<LinkButton to="/settings/integrations">Go to integrations</LinkButton>}>Work appears here once GitHub is connected.</Empty>
  }
  if (integrations.every((i) => !i.repositories?.imported)) {
    return <Empty title="No repo imported" action={<LinkButton to="/settings/repos" search={{ view: 'available' }}>Choose repos</LinkButton>}>Work appears here once a repo is imported.</Empty>
  }
  const last = log.last_activity_at && dayOf(new Date(log.last_activity_at), log.zone)
  const weeks = search.weeks ? 'these weeks' : 'this week'
  const year = last && last.slice(0, 4) !== log.from.slice(0, 4) ? ({ year: 'numeric' } as const) : {}
  const jump = last && <Button onClick={() => change({ from: mondayOf(last) })} data-testid="jump">Go to that week</Button>
  const clear = isFiltered(search) && <Button variant="default" onClick={() => change(noFilter)}>Clear</Button>
  return (
    <Empty
      title={last ? `No activity in ${weeks}; last activity ${dayWords(last, { day: 'numeric', month: 'short', ...year })}` : isFiltered(search) ? 'Nothing matches' : `No activity in ${weeks}`}
      action={(jump || clear) && <Group gap="xs">{jump}{clear}</Group>}
    >
      {isFiltered(search) ? 'Nothing has all that you filter by.' : last ? undefined : 'Nothing is stored of the time before either.'}
    </Empty>
  )
}
