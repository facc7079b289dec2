import type { WorkLogFilter } from '../../api/worklog'
import { zone as ownZone } from '../../format/time'
import { dayOf, mondayOf } from '../../format/days'
import { readKinds, type WorkLogSearch } from './search'

/** What the API is asked for. The first day and the zone are always named, so that nothing depends on the server's clock. */
export function filterOf(search: WorkLogSearch, now: Date) {
  const zone = search.zone ?? ownZone()
  return {
    from: search.from ?? mondayOf(dayOf(now, zone)), weeks: search.weeks ?? 1, zone, weekends: search.weekends ?? true, group: search.group ?? 'person',
    ...(search.kinds ? { kind: readKinds(search.kinds) } : {}),
    ...(search.person ? { person: search.person } : {}),
    ...(search.integration ? { integration_id: search.integration } : {}),
    ...(search.organization ? { organization_id: search.organization } : {}),
    ...(search.repository ? { repository_id: search.repository } : {}),
  } satisfies WorkLogFilter
}
