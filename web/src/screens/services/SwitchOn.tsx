import { Text } from '@mantine/core'
import { useState } from 'react'
import type { Integration } from '../../api/integrations'
import type { From, Service } from '../../api/services'
import { serviceWords } from '../../format/status'
import { date } from '../../format/time'
import { ConfirmDialog } from '../../parts/ConfirmDialog'
import { useNow } from '../../parts/useNow'
import type { Start } from './backfill'
import { BackfillChoice } from './BackfillChoice'

interface Props { integration: Integration; service: Service; opened: boolean; onClose: () => void; onConfirm: (from?: From) => void }

/** Says from when on a service will be read, and lets people choose further back. */
export function SwitchOn({ integration: i, service, opened, onClose, onConfirm }: Props) {
  const [chosen, setChosen] = useState<Start>()
  const now = useNow()
  const from = chosen ? chosen.from : (i.backfill_from ?? null)
  return (
    <ConfirmDialog opened={opened} title={`Switch ${serviceWords[service]} on?`} confirm="Switch on" onClose={() => { setChosen(undefined); onClose() }} onConfirm={() => onConfirm(chosen?.from)}>
      <Text fw={600} role="status">Will backfill from {from ? date(new Date(from), now) : 'the beginning'}</Text>
      <Text size="sm">What is stored already is not read again.</Text>
      <BackfillChoice keep label="Read from" description="It counts for all services of the integration: further back, the others are read further back, too." present={i.backfill_from} chosen={chosen} onChoose={setChosen} />
    </ConfirmDialog>
  )
}
