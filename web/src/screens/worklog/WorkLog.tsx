import { Button, Group } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { workLogCSV, workLogQuery } from '../../api/worklog'
import { compact } from '../../format/search'
import { clock } from '../../format/time'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { Page } from '../../parts/Page'
import { Updating } from '../../parts/Updating'
import { useNow } from '../../parts/useNow'
import { Filters } from '../reports/Filters'
import { IncompleteNotice } from '../reports/IncompleteNotice'
import { filterOf } from './filter'
import { Grid } from './Grid'
import { ItemsDrawer } from './ItemsDrawer'
import { ListView } from './ListView'
import { Nothing } from './Nothing'
import { readKinds, type WorkLogSearch } from './search'
import { Side } from './Side'
import { WeekNavigation } from './WeekNavigation'
import classes from './worklog.module.css'

/** S9: who did what on which day. */
export function WorkLog() {
  const search = useSearch({ from: '/reports/work-log' })
  const navigate = useNavigate({ from: '/reports/work-log' })
  const now = useNow()
  const change = useCallback((next: WorkLogSearch) => void navigate({ search: (before) => compact({ ...before, ...next }), replace: true, resetScroll: false }), [navigate])
  const open = useCallback((cell: Pick<WorkLogSearch, 'day' | 'key' | 'bots'>) => change(cell), [change])
  const filter = filterOf(search, now)
  const log = useQuery(workLogQuery({ ...filter, sort: search.sort ?? 'name', order: search.order ?? (search.sort === 'activity' ? 'desc' : 'asc') }))
  const { data, error, isPlaceholderData, dataUpdatedAt, refetch } = log
  const shown = readKinds(search.kinds).filter((kind) => kind !== 'ticket' || data?.tickets !== false)
  const people = (data?.groups ?? []).filter((group) => group.repository_id == null).map((group) => group.key)
  const nothing = data && data.groups.length === 0 && data.bots.people === 0
  return (
    <Page
      title={['Work log', 'Reports']} heading="Work log"
      actions={(
        <Group gap="xs">
          <Button variant={search.view === 'list' ? 'light' : 'default'} aria-pressed={search.view === 'list'} onClick={() => change({ view: search.view === 'list' ? undefined : 'list' })}>View as list</Button>
          <Button variant="default" component="a" href={workLogCSV(filter)} download>Export CSV</Button>
        </Group>
      )}
    >
      <WeekNavigation from={filter.from} weeks={filter.weeks} zone={filter.zone} now={now} change={change} />
      <Filters label="Filter the work log" search={search} people={people} change={change} />
      <div className={classes.layout}>
        <Side search={search} tickets={data?.tickets ?? true} change={change} />
        <div className={classes.content} aria-busy={isPlaceholderData || undefined}>
          {data && <IncompleteNotice of={data} effect="some days may be incomplete" />}
          {error && <ErrorPanel what={data ? `The work log could not be updated. This is from ${clock(new Date(dataUpdatedAt), now)}` : 'The work log could not be read'} error={error} retry={() => void refetch()} />}
          {log.isPending && <Loading rows={8} height={66} />}
          {nothing && <Nothing search={search} log={data} change={change} />}
          {data && !nothing && (search.view === 'list' ? <ListView log={data} kinds={shown} open={open} /> : <Grid log={data} kinds={shown} open={open} />)}
          <Updating shown={isPlaceholderData} />
        </div>
      </div>
      <ItemsDrawer search={search} log={data} filter={filter} close={() => change({ day: undefined, key: undefined, bots: undefined })} />
    </Page>
  )
}
