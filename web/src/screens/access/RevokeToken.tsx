import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useRevokeToken, type Token } from '../../api/access'
import { sessionQuery } from '../../api/session'
import { ConfirmDialog } from '../../parts/ConfirmDialog'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { toast } from '../../parts/toast'

export function RevokeToken({ token, opened, onClose }: { token: Token; opened: boolean; onClose: () => void }) {
  const revoke = useRevokeToken()
  const { data: session } = useQuery(sessionQuery)
  const close = () => { revoke.reset(); onClose() }
  const submit = () => revoke.mutate(token.id, { onSuccess: () => { toast(`Token "${token.name}" is revoked`); onClose() } })
  return (
    <ConfirmDialog opened={opened} danger title={`Revoke "${token.name}"?`} confirm="Revoke" saving={revoke.isPending} onConfirm={submit} onClose={close}>
      <Text size="sm">Programs that send it are refused from the next request on, and who signed in with it is signed out. This cannot be undone.</Text>
      {session?.actor === token.id && <Text size="sm" fw={600}>You are signed in with it.</Text>}
      {revoke.error && <ErrorPanel what="The token could not be revoked" error={revoke.error} />}
    </ConfirmDialog>
  )
}
