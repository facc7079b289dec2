import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { integrationQuery } from '../../api/integrations'
import { estimateQuery, type ListFilter } from '../../api/repositories'
import { estimateFilter, estimateWords } from './estimate'

interface Props {
  id: string
  /** Of all that is chosen; undefined where they were ticked one by one. */
  filter: Omit<ListFilter, 'sort'> | undefined
}

/** What importing asks GitHub for, before it does. */
export function ImportEstimate({ id, filter }: Props) {
  const { data: integration } = useQuery(integrationQuery(id))
  const asked = filter && estimateFilter(filter, integration?.backfill_from)
  const { data, error } = useQuery({ ...estimateQuery(id, asked ?? {}), enabled: Boolean(asked && integration) })
  const text = !asked ? 'No estimate of what importing these takes: there is one for all repos of a view, of one organization, or pushed within a period.'
    : data ? estimateWords(data)
    : error ? 'What importing takes could not be estimated.' : 'Estimating what importing takes…'
  return <Text size="xs" c="dimmed" w="100%" role="status" data-testid="estimate">{text}</Text>
}
