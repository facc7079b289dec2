import { Button, Group, Modal, Stack } from '@mantine/core'
import { ReasonedButton } from './ReasonedButton'

interface Props {
  /** Kept in the page while it is closed: only so the focus goes back to where it came from. */
  opened: boolean
  title: string
  /** What the button says that does it. */
  confirm: string
  onConfirm: () => void
  onClose: () => void
  reason?: string | undefined
  saving?: boolean
  /** It cannot be undone. */
  danger?: boolean
  children: React.ReactNode
}

/** Says what will happen before it does. */
export function ConfirmDialog({ opened, title, confirm, onConfirm, onClose, reason, saving = false, danger = false, children }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={title}>
      <Stack gap="sm">
        {children}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus={danger || undefined}>Cancel</Button>
          <ReasonedButton color={danger ? 'red' : 'blue'} reason={reason} loading={saving} onClick={onConfirm}>{confirm}</ReasonedButton>
        </Group>
      </Stack>
    </Modal>
  )
}
