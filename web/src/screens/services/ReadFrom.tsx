import { Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useState } from 'react'
import type { Integration } from '../../api/integrations'
import { useExtendBackfill } from '../../api/services'
import { useReadOnlyReason } from '../../api/session'
import { date } from '../../format/time'
import { ConfirmDialog } from '../../parts/ConfirmDialog'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Panel } from '../../parts/Panel'
import { ReasonedButton } from '../../parts/ReasonedButton'
import { toast } from '../../parts/toast'
import { useNow } from '../../parts/useNow'
import type { Start } from './backfill'
import { BackfillChoice } from './BackfillChoice'

/** How far back all services are read, and a way to read further back. */
export function ReadFrom({ integration: i }: { integration: Integration }) {
  const [extending, { open, close }] = useDisclosure(false)
  const readOnly = useReadOnlyReason()
  const now = useNow()
  const from = i.backfill_from
  return (
    <Panel
      title="Read from"
      aside={<ReasonedButton size="xs" variant="default" reason={readOnly ?? (from ? undefined : 'Everything is read already.')} onClick={open} data-testid="extend-backfill">Read further back</ReasonedButton>}
    >
      <Text size="sm" data-testid="read-from">{from ? `All services are read from ${date(new Date(from), now)} on.` : 'All services are read from the beginning.'}</Text>
      <Extend integration={i} opened={extending} onClose={close} />
    </Panel>
  )
}

function Extend({ integration: i, opened, onClose }: { integration: Integration; opened: boolean; onClose: () => void }) {
  const [chosen, setChosen] = useState<Start>()
  const extend = useExtendBackfill(i.id)
  const close = () => { setChosen(undefined); extend.reset(); onClose() }
  const submit = () => chosen && extend.mutate(chosen.from, { onSuccess: () => { toast('What lies further back is read next'); close() } })
  return (
    <ConfirmDialog opened={opened} title="Read further back?" confirm="Read further back" onClose={close} onConfirm={submit} reason={chosen ? undefined : 'Choose from when on to read.'} saving={extend.isPending}>
      <Text size="sm">A sync reads what is missing, of all services that are on. What is stored already is not read again, and stays.</Text>
      <BackfillChoice label="Read from" description="Only further back than now." present={i.backfill_from} chosen={chosen} onChoose={setChosen} />
      {extend.error && <ErrorPanel what="It could not be changed" error={extend.error} />}
    </ConfirmDialog>
  )
}
