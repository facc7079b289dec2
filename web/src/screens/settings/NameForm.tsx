import { Button, Group, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useRename, type Integration } from '../../api/integrations'
import { oneLine } from '../../api/problem'
import { useReadOnlyReason } from '../../api/session'
import { toast } from '../../parts/toast'
import { nameError } from '../../format/name'

export function NameForm({ integration: i }: { integration: Integration }) {
  const [name, setName] = useState(i.name)
  const rename = useRename(i.id)
  const readOnly = useReadOnlyReason()
  const wrong = nameError(name)
  const submit = () => {
    if (!wrong && !readOnly) rename.mutate(name.trim(), { onSuccess: () => toast('Name changed') })
  }
  return (
    <form onSubmit={(event) => { event.preventDefault(); submit() }}>
      <Group gap="xs" align="start">
        <TextInput
          aria-label="Name" description={readOnly ?? 'Shown in lists, so that the account is recognized.'} inputWrapperOrder={['input', 'description', 'error']} style={{ flex: '1 1 14rem', maxWidth: '28rem' }}
          value={name} readOnly={readOnly !== undefined} autoComplete="off" spellCheck={false} onChange={(event) => { setName(event.currentTarget.value); rename.reset() }}
          error={wrong ?? (rename.error && oneLine(rename.error))}
        />
        {!readOnly && <Button type="submit" variant="default" loading={rename.isPending} disabled={name.trim() === i.name || wrong !== undefined}>Save name</Button>}
      </Group>
    </form>
  )
}
