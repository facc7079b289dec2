import { ActionIcon, Button, Group, TextInput, Tooltip } from '@mantine/core'
import { useState } from 'react'
import { useRename, type Integration } from '../../api/integrations'
import { oneLine } from '../../api/problem'
import { useReadOnlyReason } from '../../api/session'

/** Changes the name where it stands. */
export function Rename({ integration: i }: { integration: Integration }) {
  const [text, setText] = useState<string>()
  const rename = useRename(i.id)
  const readOnly = useReadOnlyReason()
  const close = () => { setText(undefined); rename.reset() }
  if (readOnly) return null
  if (text === undefined) {
    return <Tooltip label="Change the name"><ActionIcon variant="subtle" color="gray" c="var(--mantine-color-dimmed)" aria-label="Change the name" onClick={() => setText(i.name)}>✎</ActionIcon></Tooltip>
  }
  const name = text.trim()
  const submit = () => (name === i.name ? close() : rename.mutate(name, { onSuccess: close }))
  return (
    <form onSubmit={(event) => { event.preventDefault(); submit() }} onKeyDown={(event) => event.key === 'Escape' && close()}>
      <Group gap="xs" align="start">
        <TextInput
          aria-label="New name" autoFocus value={text} maxLength={100} w={260} onChange={(event) => setText(event.currentTarget.value)}
          error={rename.error && oneLine(rename.error)}
        />
        <Button type="submit" disabled={name === ''} loading={rename.isPending}>Save</Button>
        <Button variant="default" onClick={close}>Cancel</Button>
      </Group>
    </form>
  )
}
