import { Text } from '@mantine/core'
import { ConfirmDialog } from '../../parts/ConfirmDialog'

interface Props { organization: string; opened: boolean; onClose: () => void; onConfirm: () => void }

export function Rotate({ organization, ...dialog }: Props) {
  return (
    <ConfirmDialog {...dialog} title={`Replace the secret of ${organization}'s webhooks?`} confirm="Replace the secret">
      <Text size="sm">GitHub gets a new secret to sign deliveries with. Both secrets are accepted until it has the new one and some minutes longer, so no delivery is lost. Nobody has to copy it.</Text>
    </ConfirmDialog>
  )
}
