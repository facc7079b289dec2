import { Code, Group, Stack, Text } from '@mantine/core'
import type { Cause } from '../api/problem'
import { sentence } from '../format/sentence'
import { Copy } from './Copy'
import { Remedy } from './Remedy'
import { Notice } from './Notice'

interface Props { cause: Cause; title: string; warning?: boolean; children?: React.ReactNode }

/** Why something is refused, or goes with limits: what happened, what to do and who can. */
export function CauseAlert({ cause, title, warning = false, children }: Props) {
  const missing = cause.missing ?? []
  return (
    <Notice tone={warning ? 'amber' : 'red'} role={warning ? 'note' : 'alert'} title={title} testId={`cause-${cause.code}`}>
      <Stack gap="xs">
        <Text size="sm"><strong>{cause.title}.</strong> {sentence(cause.detail)}</Text>
        <Text size="sm"><Remedy remediation={cause.remediation} /></Text>
        <Group gap="xs">
          {missing.map((m) => <Code key={m}>{m}</Code>)}
          {missing.length > 0 && <Copy text={missing.join(', ')} label="Copy list" />}
          {children}
          <Text size="xs" c="dimmed" span>{cause.code}</Text>
        </Group>
      </Stack>
    </Notice>
  )
}
