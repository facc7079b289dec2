import { Button, Group, List, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useIntent, type Integration } from '../api/integrations'
import { collectedQuery } from '../api/services'
import { plural } from '../format/count'
import { ErrorPanel } from './ErrorPanel'
import { toast } from './toast'

interface Props { integration: Integration; opened: boolean; onClose: () => void; onDeleted: () => void }

/** Says what will go, and wants the name typed: it cannot be undone. */
export function DeleteIntegration({ opened, ...props }: Props) {
  const { integration: i, onClose } = props
  return <Modal opened={opened} onClose={onClose} title={`Delete ${i.name}?`} size="md"><Confirmation {...props} /></Modal>
}

function Confirmation({ integration: i, onClose, onDeleted }: Omit<Props, 'opened'>) {
  const [typed, setTyped] = useState('')
  const remove = useIntent()
  const { data: collected } = useQuery(collectedQuery(i.id))
  const right = typed.trim() === i.name
  const submit = () => right && remove.mutate({ id: i.id, intent: 'delete' }, { onSuccess: () => { toast(`Deleting ${i.name}`); onDeleted() } })
  return (
    <form onSubmit={(event) => { event.preventDefault(); submit() }}>
      <Stack gap="sm">
        <Text size="sm">What will go, for everybody who uses it:</Text>
        <List size="sm" spacing={4}>
          {i.repositories && <List.Item>all that is stored of {plural(i.repositories.imported, 'imported repo')}: commits, pull requests, comments and tickets{collected && <> – <strong>{plural(collected.rows, 'row')}</strong></>}</List.Item>}
          <List.Item>schedules, sync history and settings; syncs that run are stopped</List.Item>
          {i.webhooks && <List.Item>our webhooks at GitHub</List.Item>}
          <List.Item>the credential, unless another integration uses it</List.Item>
        </List>
        <Text size="sm">Nothing else changes at GitHub. Afterwards {i.organizations.length === 1 ? 'the organization' : 'the organizations'} can be connected again. It cannot be undone.</Text>
        <TextInput data-autofocus label={<>Type <strong>{i.name}</strong> to confirm</>} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} autoComplete="off" />
        {remove.error && <ErrorPanel what="It could not be deleted" error={remove.error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button color="red" type="submit" disabled={!right} loading={remove.isPending}>Delete</Button>
        </Group>
      </Stack>
    </form>
  )
}
