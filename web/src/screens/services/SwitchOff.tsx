import { List, Text } from '@mantine/core'
import type { CollectedService } from '../../api/services'
import { list } from '../../format/count'
import { serviceWords } from '../../format/status'
import { streamWords } from '../../format/streams'
import { ConfirmDialog } from '../../parts/ConfirmDialog'
import { collectedWords } from './collected'

interface Props { collected: CollectedService; opened: boolean; onClose: () => void; onConfirm: () => void }

/** Says what stops and what stays before a service is switched off. */
export function SwitchOff({ collected, ...dialog }: Props) {
  return (
    <ConfirmDialog {...dialog} title={`Switch ${serviceWords[collected.service]} off?`} confirm="Switch off">
      <Text fw={600}>Stops new data. Existing data is kept</Text>
      <List size="sm" spacing={4}>
        <List.Item>Stops: {list(collected.streams.map((s) => streamWords[s.kind]))} that are new or change from now on are not stored. A running sync leaves them at its next page and goes on with the rest.</List.Item>
        <List.Item>Stays: {collected.rows > 0 ? collectedWords(collected) : 'there is nothing yet'}. Reports still show it.</List.Item>
        <List.Item>Switched on again, it reads what it missed.</List.Item>
      </List>
    </ConfirmDialog>
  )
}
