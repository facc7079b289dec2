import { compact, flag, number, oneOf, text, type Raw } from '../../format/search'

export const views = ['available', 'imported', 'ignored', 'excluded'] as const
export const sorts = ['pushed_at', 'status'] as const // by name where none is chosen
export const repositoryStatuses = ['healthy', 'processing', 'rate_limited', 'failed'] as const
export const visibilities = ['public', 'private', 'internal'] as const

export const periods = ['week', 'month', 'quarter', 'year'] as const

export type View = (typeof views)[number]

export interface RepositoriesSearch {
  view?: View | undefined
  organization?: number | undefined
  q?: string | undefined
  status?: (typeof repositoryStatuses)[number] | undefined
  visibility?: (typeof visibilities)[number] | undefined
  archived?: boolean | undefined
  fork?: boolean | undefined
  language?: string | undefined
  pushed?: (typeof periods)[number] | undefined
  sort?: (typeof sorts)[number] | undefined
}

/** The view of an address that names none. */
export function firstView(organizations: { repositories: { imported: number } }[]): View {
  return organizations.some((o) => o.repositories.imported > 0) ? 'imported' : 'available'
}

export function readRepositoriesSearch(raw: Raw): RepositoriesSearch {
  return compact({
    view: oneOf(raw, 'view', views), organization: number(raw, 'organization'), q: text(raw, 'q'), status: oneOf(raw, 'status', repositoryStatuses),
    visibility: oneOf(raw, 'visibility', visibilities), archived: flag(raw, 'archived'), fork: flag(raw, 'fork'), language: text(raw, 'language'), pushed: oneOf(raw, 'pushed', periods), sort: oneOf(raw, 'sort', sorts),
  })
}
