import { compact, flag, number, oneOf, text, zone, type Raw } from '../../format/search'
import { isDay } from '../../format/days'
import { kinds, type Kind } from './kinds'

const groupings = ['person', 'repository'] as const
export const sorts = ['name', 'activity'] as const
export const mostWeeks = 5

export interface WorkLogSearch {
  /** The first day; the Monday of this week where none is named. */
  from?: string | undefined
  weeks?: number | undefined
  /** Where days begin; the viewer's own zone where none is named. */
  zone?: string | undefined
  weekends?: boolean | undefined
  person?: string | undefined
  integration?: string | undefined
  organization?: number | undefined
  repository?: number | undefined
  /** "commit,ticket"; all where none is named. */
  kinds?: string | undefined
  group?: (typeof groupings)[number] | undefined
  sort?: (typeof sorts)[number] | undefined
  order?: 'asc' | 'desc' | undefined
  view?: 'list' | undefined
  /** The cell whose items are shown: a day of one group, or of the bots. */
  day?: string | undefined
  key?: string | undefined
  bots?: boolean | undefined
}

export function readWorkLogSearch(raw: Raw): WorkLogSearch {
  const from = text(raw, 'from')
  const weeks = number(raw, 'weeks')
  const day = text(raw, 'day')
  return compact({
    from: from && isDay(from) ? from : undefined,
    weeks: weeks && weeks > 1 && weeks <= mostWeeks ? weeks : undefined,
    zone: zone(raw, 'zone'), weekends: flag(raw, 'weekends') === false ? false : undefined,
    person: text(raw, 'person'), integration: text(raw, 'integration'), organization: number(raw, 'organization'), repository: number(raw, 'repository'),
    kinds: writeKinds(readKinds(text(raw, 'kinds'))),
    group: oneOf(raw, 'group', groupings), sort: oneOf(raw, 'sort', sorts), order: oneOf(raw, 'order', ['asc', 'desc']), view: oneOf(raw, 'view', ['list']),
    day: day && isDay(day) ? day : undefined, key: text(raw, 'key'), bots: flag(raw, 'bots') || undefined,
  })
}

/** The kinds that are named, in their order; all where none that exists is. */
export function readKinds(named: string | undefined): Kind[] {
  const chosen = kinds.filter((kind) => named?.split(',').includes(kind))
  return chosen.length > 0 ? chosen : [...kinds]
}

export function writeKinds(chosen: Kind[]): string | undefined {
  return chosen.length === kinds.length ? undefined : chosen.join(',')
}

export const noFilter = { person: undefined, integration: undefined, organization: undefined, repository: undefined, kinds: undefined } as const

export function isFiltered({ person, integration, organization, repository, kinds: named }: WorkLogSearch): boolean {
  return [person, integration, organization, repository, named].some((value) => value !== undefined)
}
