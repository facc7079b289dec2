import { List, Progress, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'
import { deletionQuery } from '../../api/integrations'
import { count, percent } from '../../format/count'
import { Announced } from '../../parts/Announced'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { LinkButton } from '../../parts/links'
import { Loading } from '../../parts/Loading'
import { toast } from '../../parts/toast'

const steps = { schedules: 'Taking the schedules away', syncs: 'Stopping syncs', rows: 'Deleting what is stored', claims: 'Freeing the organizations', completed: 'Deleted' } as const

/** How far a deletion is. It goes on without this page, which ends with it unless something is left to be told. */
export function Deleting({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(deletionQuery(id))
  const navigate = useNavigate()
  const over = data?.step === 'completed' && data.webhooks_left.length === 0
  useEffect(() => {
    if (!over) return
    toast(`Deleted ${data.name}`)
    void navigate({ to: '/settings/integrations', replace: true })
  }, [over])
  if (error) return <ErrorPanel what="How far the deletion is could not be read" error={error} retry={() => void refetch()} />
  if (!data) return <Loading rows={2} />
  const done = data.step === 'completed'
  return (
    <Stack className="panel" p="lg" gap="sm" data-testid="deleting">
      <Text><span role="status">{steps[data.step]}{!done && '…'}</span> {data.rows_total > 0 && `${count(data.rows_deleted)} of ${count(data.rows_total)} rows (${percent(data.rows_deleted, data.rows_total)})`}</Text>
      {!done && data.rows_total > 0 && <Announced part={data.rows_deleted} whole={data.rows_total} what="Deleted" />}
      {!done && <Progress value={data.rows_total > 0 ? (100 * data.rows_deleted) / data.rows_total : 0} aria-label="Deleted so far" />}
      {data.webhooks_left.length > 0 && (
        <>
          <Text size="sm">Webhooks that an owner has to delete at GitHub:</Text>
          <List size="sm">{data.webhooks_left.map((left) => <List.Item key={`${left.organization} ${left.repository} ${left.hook_id}`}>{left.repository ?? left.organization} ({left.code})</List.Item>)}</List>
        </>
      )}
      <Text size="sm" c="dimmed">You may leave this page.</Text>
      <div><LinkButton variant="default" to="/settings/integrations">Go to integrations</LinkButton></div>
    </Stack>
  )
}
