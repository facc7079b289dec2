import { Drawer, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { workLogItemsQuery, type ItemsFilter, type WorkLog } from '../../api/worklog'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { LoadMore } from '../../parts/LoadMore'
import { dayWords } from '../../format/days'
import { Item } from './Item'
import { countWords, total, type Counts } from './kinds'
import { countsOf } from './list'
import type { WorkLogSearch } from './search'
import classes from './worklog.module.css'

interface Props { search: WorkLogSearch; log: WorkLog | undefined; filter: ItemsFilter & { zone: string }; close: () => void }

/** What is behind a cell. It is there also while closed: so the focus goes back to the cell. */
export function ItemsDrawer({ search: { day, key, bots }, log, filter, close }: Props) {
  const shown = day !== undefined && (key !== undefined || bots)
  const name = bots ? 'Bots' : log?.groups.find((group) => group.key === key)?.name ?? key
  const title = shown ? `${name}, ${dayWords(day, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })}` : ''
  return (
    <Drawer opened={shown === true} onClose={close} title={title}>
      {shown && <Items zone={filter.zone} counts={log && countsOf(log, day, bots ? undefined : key)} filter={{ ...filter, date: day, ...(bots ? { bots } : {}), ...(key === undefined ? {} : { key }) }} />}
    </Drawer>
  )
}

function Items({ filter, zone, counts }: { filter: ItemsFilter; zone: string; counts: Counts | undefined }) {
  const list = useInfiniteQuery(workLogItemsQuery(filter))
  const { data, error, refetch, isPending } = list
  const items = data?.pages.flatMap((page) => page.items) ?? []
  return (
    <>
      {isPending && <Loading rows={4} height={64} />}
      {error && <ErrorPanel what="The items could not be read" error={error} retry={() => void refetch()} />}
      {data && items.length === 0 && <Text>Nothing is left here: it was removed or filtered out since.</Text>}
      {items.length > 0 && counts && <Text size="sm" c="dimmed">{countWords(counts)}</Text>}
      {items.length > 0 && <ul className={`plain-list ${classes.items}`} data-testid="items">{items.map((item) => <Item key={`${item.kind} ${item.action} ${item.item} ${item.at}`} item={item} zone={zone} />)}</ul>}
      <LoadMore list={list} shown={items.length} total={counts && total(counts)} mt="md" />
    </>
  )
}
