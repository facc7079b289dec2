import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useCallback, useEffect } from 'react'
import { organizationsQuery } from '../../api/integrations'
import { compact } from '../../format/search'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { Groups } from './Groups'
import { firstView, type RepositoriesSearch } from './search'

/** S7b: which repositories of which organizations are imported. */
export function Repos() {
  const { id } = useParams({ from: '/settings/integrations/$id' })
  const search = useSearch({ from: '/settings/integrations/$id/repos' })
  const navigate = useNavigate({ from: '/settings/integrations/$id/repos' })
  const change = useCallback((next: RepositoriesSearch) => void navigate({ search: (before) => compact({ ...before, ...next }), replace: true }), [navigate])
  const { data, error, isPending, refetch } = useQuery(organizationsQuery(id))
  const { view } = search
  // Decided once: what is imported meanwhile must not take the view away under people's hands.
  useEffect(() => {
    if (!view && data) change({ view: firstView(data.items) })
  }, [view, data, change])
  if (isPending || (data && !view)) return <Loading rows={5} />
  if (!data || !view) return <ErrorPanel what="The groups could not be read" error={error} retry={() => void refetch()} />
  return <Groups id={id} organizations={data.items} view={view} search={search} change={change} />
}
