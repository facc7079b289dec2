import { Alert, Button, Code, Group, Modal, NativeSelect, Radio, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useCreateToken, type TokenRequest } from '../../api/access'
import { Copy } from '../../parts/Copy'
import { ErrorPanel } from '../../parts/ErrorPanel'

const lives = [{ value: '30', label: '30 days' }, { value: '90', label: '90 days' }, { value: '365', label: 'One year' }, { value: '', label: 'Until it is revoked' }]
const day = 24 * 60 * 60 * 1000

/** Makes a token, and shows it: this is the only time. */
export function NewToken({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return <Modal opened={opened} onClose={onClose} title="New token" closeOnClickOutside={false}><Form onClose={onClose} /></Modal>
}

function Form({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('')
  const [role, setRole] = useState<TokenRequest['role']>('viewer')
  const [days, setDays] = useState('90')
  const create = useCreateToken()
  const submit = () => create.mutate({ name: name.trim(), role, ...(days ? { expires_at: new Date(Date.now() + Number(days) * day).toISOString() } : {}) })
  if (create.data) return <Made token={create.data.token} name={create.data.name} onClose={onClose} />
  return (
    <form onSubmit={(event) => { event.preventDefault(); submit() }}>
      <Stack gap="md">
        <TextInput label="Name" description="Who or what uses it; the audit log shows the name." required data-autofocus value={name} maxLength={100} onChange={(event) => setName(event.currentTarget.value)} />
        <Radio.Group label="Role" value={role} onChange={(value) => setRole(value === 'admin' ? 'admin' : 'viewer')}>
          <Stack gap="xs" mt="xs">
            <Radio value="viewer" label="Viewer" description="Looks at everything but tokens and the audit log." />
            <Radio value="admin" label="Admin" description="Looks at everything, and changes things." />
          </Stack>
        </Radio.Group>
        <NativeSelect label="Good for" data={lives} value={days} onChange={(event) => setDays(event.currentTarget.value)} />
        {create.error && <ErrorPanel what="The token could not be made" error={create.error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" loading={create.isPending} disabled={name.trim() === ''}>Create token</Button>
        </Group>
      </Stack>
    </form>
  )
}

function Made({ token, name, onClose }: { token: string; name: string; onClose: () => void }) {
  return (
    <Stack gap="sm" data-testid="made-token">
      <Alert color="yellow" role="status"><Text size="sm">Copy the token of {name} now. It is not stored, and is not shown again.</Text></Alert>
      <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{token}</Code>
      <Group justify="flex-end" gap="xs"><Copy size="sm" text={token} label="Copy token" /><Button onClick={onClose}>Done</Button></Group>
    </Stack>
  )
}
