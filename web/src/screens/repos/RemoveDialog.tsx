import { Button, Group, Modal, Radio, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useRepositoryAction } from '../../api/repositories'
import { list, plural } from '../../format/count'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { toast } from '../../parts/toast'

interface Props { id: string; repositories: { id: number; name: string }[]; onClose: () => void; onDone: () => void }

/** Removing means: nothing more is read. Whether what is stored goes too is asked for. */
export function RemoveDialog({ id, repositories, onClose, onDone }: Props) {
  const [data, setData] = useState<'keep' | 'delete'>('keep')
  const remove = useRepositoryAction(id)
  const names = repositories.map((r) => r.name)
  const what = names.length > 3 ? plural(names.length, 'repo') : list(names)
  const submit = () => remove.mutate({ action: data, choice: { repository_ids: repositories.map((r) => r.id) } }, {
    onSuccess: () => { toast(data === 'delete' ? `Deleting what is stored of ${what}` : `Nothing more is read of ${what}`); onDone() },
  })
  return (
    <Modal opened onClose={onClose} title={`Remove ${what}?`}>
      <Stack gap="sm">
        <Text size="sm">Nothing more is read of {repositories.length === 1 ? 'it' : 'them'}, from now on.</Text>
        <Radio.Group label="What is stored" value={data} onChange={(value) => setData(value === 'delete' ? 'delete' : 'keep')}>
          <Stack gap="xs" mt="xs">
            <Radio value="keep" label="Keep the data" description="Reports still show it." />
            <Radio value="delete" label="Delete the data" description="Commits, pull requests, comments and tickets go, in the background. Importing it again reads everything from the beginning." />
          </Stack>
        </Radio.Group>
        {remove.error && <ErrorPanel what="It could not be removed" error={remove.error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button color={data === 'delete' ? 'red' : 'blue'} loading={remove.isPending} onClick={submit}>{data === 'delete' ? 'Remove and delete' : 'Remove'}</Button>
        </Group>
      </Stack>
    </Modal>
  )
}
