import { Button, Group, Modal, Radio, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useRepositoryAction } from '../../api/repositories'
import { list, plural } from '../../format/count'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { toast } from '../../parts/toast'

interface Props { id: string; repositories: { id: number; name: string }[]; opened: boolean; onClose: () => void; onDone: () => void }

/** Removing means: nothing more is read. Whether what is stored goes too is asked for. */
export function RemoveDialog({ opened, ...props }: Props) {
  return <Modal opened={opened} onClose={props.onClose} title={`Remove ${whatOf(props.repositories)}?`}><Choice {...props} /></Modal>
}

function whatOf(repositories: Props['repositories']): string {
  return repositories.length > 3 ? plural(repositories.length, 'repo') : list(repositories.map((r) => r.name))
}

function Choice({ id, repositories, onClose, onDone }: Omit<Props, 'opened'>) {
  const [data, setData] = useState<'keep' | 'delete'>('keep')
  const remove = useRepositoryAction(id)
  const what = whatOf(repositories)
  const submit = () => remove.mutate({ action: data, choice: { repository_ids: repositories.map((r) => r.id) } }, {
    onSuccess: () => { toast(data === 'delete' ? `Deleting what is stored of ${what}` : `Nothing more is read of ${what}`); onDone() },
  })
  return (
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
  )
}
