import { Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { IntegrationOrganization } from '../../api/integrations'
import { timelineQuery, type TimelineEvent } from '../../api/timeline'
import { actionWords, detailWords } from '../../format/actions'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { Panel } from '../../parts/Panel'
import { Time } from '../../parts/Time'

/** What happened last: what people changed, and what went wrong. */
export function Timeline({ id, organizations }: { id: string; organizations: IntegrationOrganization[] }) {
  const { data, error, isPending, refetch } = useQuery(timelineQuery(id))
  const login = (organization: number | undefined) => organizations.find((o) => o.id === organization)?.login
  return (
    <Panel title="What happened">
      {isPending && <Loading rows={3} height={30} />}
      {error && !data && <ErrorPanel what="What happened could not be read" error={error} retry={() => void refetch()} />}
      {data?.items.length === 0 && <Text size="sm" c="dimmed">Nothing was changed, and nothing went wrong.</Text>}
      {data && data.items.length > 0 && (
        <Stack component="ol" className="plain-list" gap="sm" data-testid="timeline">
          {data.items.map((event, n) => (
            <li key={`${event.at} ${n}`}>
              <Text size="sm" component="div"><Words event={event} login={login(event.organization_id)} /></Text>
              <Text size="xs" c="dimmed" component="div"><Time at={event.at} />{event.by && ` · ${event.by}`}</Text>
            </li>
          ))}
        </Stack>
      )}
    </Panel>
  )
}

function Words({ event: e, login }: { event: TimelineEvent; login: string | undefined }) {
  const where = login ? ` of ${login}` : ''
  const why = e.cause && `: ${e.cause.title}`
  switch (e.kind) {
    case 'changed': {
      const details = detailWords(e.details)
      return <><strong>{actionWords(e.action ?? '')}</strong>{details && ` (${details})`}</>
    }
    case 'sync_failed': return <><strong>A sync{where} did not read everything</strong>{why}</>
    case 'sync_waiting': return <><strong>A sync{where} waits</strong>{e.until && <> until <Time at={e.until} form="clock" /></>}{why}</>
    case 'repository_lost': return <><strong>{e.repository} cannot be read any more</strong>{why}</>
    case 'webhook_gap': return <><strong>Webhooks{where} did not announce a change</strong>. The schedule found it.</>
  }
}
