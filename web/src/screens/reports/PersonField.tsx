import { TextInput } from '@mantine/core'
import { useEffect, useId, useState } from 'react'

interface Props { value: string | undefined; names: string[]; onChoose: (person: string | undefined) => void }

/** A whole login or e-mail: it counts once it is one of those offered, or is left or confirmed. */
export function PersonField({ value, names, onChoose }: Props) {
  const id = useId()
  const [text, setText] = useState(value ?? '')
  useEffect(() => setText(value ?? ''), [value])
  const choose = (next: string) => { if (next.trim() !== (value ?? '')) onChoose(next.trim() || undefined) }
  return (
    <form style={{ flex: '1 1 12rem', maxWidth: '22rem' }} onSubmit={(event) => { event.preventDefault(); choose(text) }}>
      <TextInput
        type="search" label="Person" placeholder="Login or e-mail" list={id} value={text} autoComplete="off" onBlur={() => choose(text)}
        onChange={(event) => {
          const next = event.currentTarget.value
          setText(next)
          if (next === '' || names.includes(next)) choose(next)
        }}
      />
      <datalist id={id}>{names.map((name) => <option key={name} value={name} />)}</datalist>
    </form>
  )
}
