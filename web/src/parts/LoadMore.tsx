import { Button, Group, type GroupProps } from '@mantine/core'
import type { UseInfiniteQueryResult } from '@tanstack/react-query'
import { shownOf } from '../format/count'

interface Props extends GroupProps {
  list: Pick<UseInfiniteQueryResult, 'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'>
  shown: number
  /** Rows of the whole list, where they are counted. */
  total: number | undefined
  size?: 'xs' | 'sm'
}

/** The way to the next page of a list, with how much of it is shown. */
export function LoadMore({ list, shown, total, size = 'sm', ...place }: Props) {
  if (!list.hasNextPage) return null
  return (
    <Group justify="center" {...place}>
      <Button variant="default" size={size} loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>Load more ({shownOf(shown, total)})</Button>
    </Group>
  )
}
