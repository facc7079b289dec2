import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useRevokeToken, type Token } from '../../api/access'
import { sessionQuery } from '../../api/session'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { toast } from '../../parts/toast'

export function RevokeToken({ token, onClose }: { token: Token; onClose: () => void }) {
  const revoke = useRevokeToken()
  const { data: session } = useQuery(sessionQuery)
  const submit = () => revoke.mutate(token.id, { onSuccess: () => { toast(`Token "${token.name}" is revoked`); onClose() } })
  return (
    <Modal opened onClose={onClose} title={`Revoke "${token.name}"?`}>
      <Stack gap="sm">
        <Text size="sm">Programs that send it are refused from the next request on, and who signed in with it is signed out. This cannot be undone.</Text>
        {session?.actor === token.id && <Text size="sm" fw={600}>You are signed in with it.</Text>}
        {revoke.error && <ErrorPanel what="The token could not be revoked" error={revoke.error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>Cancel</Button>
          <Button color="red" loading={revoke.isPending} onClick={submit}>Revoke</Button>
        </Group>
      </Stack>
    </Modal>
  )
}
