import { Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useEffect } from 'react'
import { diagnosticsQuery, useRunDiagnostics } from '../../api/diagnostics'
import { gapsQuery, integrationQuery } from '../../api/integrations'
import { useReadOnlyReason } from '../../api/session'
import { count, plural } from '../../format/count'
import { clock, zone } from '../../format/time'
import { Copy } from '../../parts/Copy'
import { Empty } from '../../parts/Empty'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { ReasonedButton } from '../../parts/ReasonedButton'
import { useNow } from '../../parts/useNow'
import { Checks } from './Checks'
import { summary, verdict, waits } from './checks'
import { Missing } from './Missing'
import { report } from './report'

/** S7e: what is wrong, how it was noticed, and who mends it. */
export function Diagnostics() {
  const { id } = useParams({ from: '/settings/integrations/$id' })
  const { data: integration } = useQuery(integrationQuery(id))
  const { data, error, refetch, dataUpdatedAt } = useQuery(diagnosticsQuery(id))
  const gaps = useQuery(gapsQuery(id))
  const run = useRunDiagnostics(id)
  const readOnly = useReadOnlyReason()
  const now = useNow()
  const { refetch: askForGaps } = gaps
  const checkedAt = data?.checked_at
  useEffect(() => void askForGaps({ cancelRefetch: false }), [checkedAt, askForGaps]) // checks can find them

  if (!data) return error ? <ErrorPanel what="What the checks found could not be read" error={error} retry={() => void refetch()} /> : <Loading rows={5} height={64} />
  const running = data.running || run.isPending
  const button = <ReasonedButton size="xs" variant={checkedAt ? 'default' : 'filled'} reason={readOnly} loading={running} onClick={() => run.mutate()} data-testid="run-checks">Run checks</ReasonedButton>
  return (
    <Stack gap="md">
      <span className="visually-hidden" role="status">{running ? 'Checks are being made' : checkedAt && verdict(data.counts)}</span>
      {error && <ErrorPanel what={`This could not be updated. It is from ${clock(new Date(dataUpdatedAt), now)}`} error={error} retry={() => void refetch()} />}
      {run.error && <ErrorPanel what="The checks could not be started" error={run.error} retry={() => run.mutate()} />}
      {checkedAt ? (
        <Group justify="space-between" gap="sm">
          <Text fw={600} data-testid="verdict">{running ? `Checking… ${count(data.items.filter((check) => !waits(data, check)).length)} of ${plural(data.items.length, 'check')} made` : summary(data, now)}</Text>
          <Group gap="xs">
            {integration && <Copy size="xs" label="Copy report for support" text={report({ integration, found: data, gaps: gaps.data?.items ?? [] })} />}
            {button}
          </Group>
        </Group>
      ) : (
        <Empty title="Not run yet" action={button}>{running ? 'Checking… That takes some seconds.' : 'The checks ask GitHub whether the credential, the organizations and the repos can be read. They are made once a day, and when you ask.'}</Empty>
      )}
      <Checks found={data} />
      <Missing gaps={gaps.data?.items} error={gaps.error} retry={() => void gaps.refetch()} />
      <Text size="xs" c="dimmed">Times are shown in {zone()}. The report names organizations and repos, and holds no credential.</Text>
    </Stack>
  )
}
