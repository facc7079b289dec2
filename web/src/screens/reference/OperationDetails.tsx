import { Code, Group, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { roleWords, type Document, type Operation } from './document'
import { Members, MembersOf } from './Members'
import classes from './reference.module.css'

/** An operation: a line, and all of it once it is opened. */
export function OperationDetails({ document, operation: o }: { document: Document; operation: Operation }) {
  const [opened, setOpened] = useState(() => window.location.hash === `#${o.operationId}`)
  return (
    <details className="panel" id={o.operationId} open={opened} onToggle={(event) => setOpened(event.currentTarget.open)} data-testid="operation">
      <summary className={classes.line}>
        <span className={classes.method} data-method={o.method}>{o.method}</span> <code className={classes.path}>{o.path}</code> <span>{o.summary}</span>
      </summary>
      {opened && <Whole document={document} operation={o} />}
    </details>
  )
}

function Whole({ document, operation: o }: { document: Document; operation: Operation }) {
  const responses = Object.entries(o.responses)
  const good = responses.filter(([status]) => status < '400')
  const problems = responses.filter(([status]) => status >= '400' || status === 'default')
  return (
    <Stack gap="md" p="md" pt="xs">
      {o.description && <Text size="sm">{o.description}</Text>}
      <Text size="sm" c="dimmed">{roleWords(o)}{' may use it. '}<code>{o.operationId}</code></Text>
      {o.parameters && o.parameters.length > 0 && (
        <Part title="Parameters"><Members document={document} rows={o.parameters.map((p) => ({ name: p.name, note: p.in === 'query' ? '' : p.in, required: p.required ?? false, schema: { ...p.schema, ...(p.description ? { description: p.description } : {}) } }))} /></Part>
      )}
      {Object.values(o.requestBody?.content ?? {}).map((media, n) => (
        <Part key={n} title="Body">{media.schema && <MembersOf document={document} schema={media.schema} />}<Example of={media.example} what="body" /></Part>
      ))}
      {good.map(([status, { description, content }]) => (
        <Part key={status} title={`Answer ${status}`}>
          <Text size="sm">{description}</Text>
          {Object.entries(content ?? {}).map(([type, media]) => (
            <Stack gap="xs" key={type}><Text size="xs" c="dimmed">{type}</Text>{media.schema && <MembersOf document={document} schema={media.schema} />}<Example of={media.example} what="answer" /></Stack>
          ))}
        </Part>
      ))}
      {problems.length > 0 && (
        <Part title="Problems">
          <dl className={classes.problems}>
            {problems.map(([status, { description }]) => (
              <Group key={status} gap="xs" wrap="nowrap" align="baseline"><dt>{status}</dt><dd>{description.split('\n').map((line) => <Text size="sm" key={line}>{line.replaceAll('`', '')}</Text>)}</dd></Group>
            ))}
          </dl>
        </Part>
      )}
    </Stack>
  )
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return <Stack gap="xs"><Title order={3} size="h5">{title}</Title>{children}</Stack>
}

function Example({ of, what }: { of: unknown; what: string }) {
  if (of === undefined) return null
  return <Code block tabIndex={0} role="region" aria-label={`Example of the ${what}`} className={classes.example}>{JSON.stringify(of, null, 2)}</Code>
}
