import { Text } from '@mantine/core'
import { useState } from 'react'
import { inner, typeWords, type Document, type Schema } from './document'
import classes from './reference.module.css'

interface Row { name: string; note?: string; required: boolean; schema: Schema }

/** The members of what a schema describes. */
export function MembersOf({ document, schema }: { document: Document; schema: Schema }) {
  const object = inner(document, schema)
  if (!object?.properties) return <Text size="sm">{typeWords(schema)}</Text>
  const rows = Object.entries(object.properties).map(([name, member]) => ({ name, required: object.required?.includes(name) ?? false, schema: member }))
  return <Members document={document} rows={rows} />
}

export function Members({ document, rows }: { document: Document; rows: Row[] }) {
  return (
    <dl className={classes.members}>
      {rows.map(({ name, note, required, schema }) => (
        <div key={name}>
          <dt><code>{name}</code> <Text span size="xs" c="dimmed">{typeWords(schema)}{note && `, in the ${note}`}{!required && ', optional'}</Text></dt>
          <dd>{schema.description && <Text size="sm">{schema.description}</Text>}{inner(document, schema) && <Inside document={document} name={name} schema={schema} />}</dd>
        </div>
      ))}
    </dl>
  )
}

/** Drawn when it is opened: schemas can hold themselves. */
function Inside({ document, name, schema }: { document: Document; name: string; schema: Schema }) {
  const [opened, setOpened] = useState(false)
  return (
    <details onToggle={(event) => setOpened(event.currentTarget.open)}>
      <summary><Text span size="sm">Members of {name}</Text></summary>
      {opened && <MembersOf document={document} schema={schema} />}
    </details>
  )
}
