import { Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { IntegrationOrganization } from '../../api/integrations'
import { useVerify, verificationQuery, type Verification } from '../../api/verifications'
import { syncStateLooks } from '../../format/status'
import { CauseText } from '../../parts/CauseText'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { Panel } from '../../parts/Panel'
import { ReasonedButton } from '../../parts/ReasonedButton'
import { Status } from '../../parts/Status'
import { Time } from '../../parts/Time'
import { Differences } from './Differences'
import { comparedWords } from './facts'
import classes from './syncs.module.css'

/** Whether what is stored is what GitHub has. Reason says why nothing can be started. */
export function Comparisons({ organizations, reason }: { organizations: IntegrationOrganization[]; reason: string | undefined }) {
  return (
    <Panel title="Compared with GitHub" flush>
      <ul className={classes.organization}>{organizations.map((o) => <li key={o.id} data-testid="comparison"><One id={o.id} login={o.login} reason={reason} /></li>)}</ul>
    </Panel>
  )
}

function One({ id, login, reason }: { id: number; login: string; reason: string | undefined }) {
  const { data: v, error, refetch } = useQuery(verificationQuery(id))
  const verify = useVerify(id)
  if (v === undefined) return error ? <ErrorPanel what={`Comparisons of ${login} could not be read`} error={error} retry={() => void refetch()} /> : <Loading rows={1} />
  const running = v !== null && !v.ended_at
  const mend = v !== null && !running && v.drifts > v.repaired
  return (
    <Stack gap="xs">
      <Group justify="space-between" gap="sm">
        <Stack gap={2}>
          <Group gap="sm"><Text size="sm" fw={600}>{login}</Text>{v && <Status look={syncStateLooks[v.state]} />}</Group>
          <Text size="sm" component="div" role="status">{v ? comparedWords(v) : 'Never compared yet.'}</Text>
          {v?.ended_at && <Text size="sm" c="dimmed">Compared <Time at={v.ended_at} /></Text>}
        </Stack>
        <Group gap="xs">
          {mend && <ReasonedButton size="xs" variant="default" reason={reason} loading={verify.isPending && verify.variables} onClick={() => verify.mutate(true)}>Compare and mend</ReasonedButton>}
          <ReasonedButton size="xs" variant="default" reason={reason} loading={running || (verify.isPending && !verify.variables)} onClick={() => verify.mutate(false)} data-testid="compare-now">Compare now</ReasonedButton>
        </Group>
      </Group>
      {v?.cause && <CauseText cause={v.cause} />}
      {verify.error && <ErrorPanel what="No comparison could be started" error={verify.error} />}
      {v && v.drifts > 0 && <Found verification={v} />}
    </Stack>
  )
}

function Found({ verification: v }: { verification: Verification }) {
  const [open, setOpen] = useState(false)
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className={classes.summary}>What differs</summary>
      {open && <Differences id={v.id} ended={v.ended_at} />}
    </details>
  )
}
