import { Button, Checkbox, Group, Loader, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { comparisonQuery, useCompareAgain, useReplaceCredentials } from '../../api/credentials'
import type { Integration } from '../../api/integrations'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { ReasonedButton } from '../../parts/ReasonedButton'
import { toast } from '../../parts/toast'
import type { Connecting } from '../wizard/connecting'
import { BeforeAfter } from './BeforeAfter'
import { Changes } from './Changes'

interface Props { integration: Integration; connecting: Connecting; onDone: () => void }

/** L55b: what would be read more and less, before anything changes. */
export function Comparison({ integration: i, connecting, onDone }: Props) {
  const connection = connecting.id ?? ''
  const organizations = connecting.organizations ?? []
  const asking = connecting.organizations === undefined || organizations.some((o) => o.access === 'checking')
  const { data, error } = useQuery({ ...comparisonQuery(i.id, connection), enabled: !asking })
  const again = useCompareAgain(i.id, connection)
  const replace = useReplaceCredentials(i.id)
  const [accepted, setAccepted] = useState(false)
  const less = (data?.lost.length ?? 0) > 0
  const submit = () => replace.mutate({ connection_id: connection, confirm: less }, {
    onSuccess: () => { toast(`Credential of ${i.name} replaced`); onDone() },
    onError: () => again.mutate(), // what is lost may be another thing by now
  })
  return (
    <Stack gap="sm" data-testid="comparison">
      <Title order={3}>Before and after</Title>
      {!data && !error && <Group gap="sm" role="status"><Loader size="xs" aria-hidden="true" /><Text size="sm">Asking GitHub what it may read…</Text></Group>}
      {error && <ErrorPanel what="It can't take the place of the present credential" error={error} />}
      {data && !error && (
        <>
          <BeforeAfter comparison={data} />
          <Changes comparison={data} organizations={organizations} />
          {less && <Checkbox checked={accepted} onChange={(event) => setAccepted(event.currentTarget.checked)} label="Replace it although less will be read" description="What is stored stays. It stops updating until the access is there again." />}
        </>
      )}
      {again.error && <ErrorPanel what="GitHub was not asked again" error={again.error} />}
      {replace.error && <ErrorPanel what="The credential was not replaced" error={replace.error} />}
      {!asking && (
        <Group gap="xs">
          {data && !error && <ReasonedButton reason={less && !accepted ? 'Confirm first that less will be read.' : undefined} color={less ? 'red' : 'blue'} loading={replace.isPending} onClick={submit} data-testid="confirm-replacement">Replace credential</ReasonedButton>}
          <Button variant="default" loading={again.isPending} onClick={() => again.mutate()} data-testid="compare-again">Check again</Button>
          <Text size="sm" role="status">{again.isSuccess && 'Checked again'}</Text>
        </Group>
      )}
    </Stack>
  )
}
