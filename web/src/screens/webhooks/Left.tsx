import { Alert, List, Text } from '@mantine/core'
import type { Webhooks } from '../../api/webhooks'
import { CauseText } from '../../parts/CauseText'
import { hookName } from './words'

/** The hooks that are still at GitHub although webhooks are switched off. */
export function Left({ of }: { of: Webhooks }) {
  const left = of.hooks.filter((h) => h.cause)
  if (left.length === 0) return null
  return (
    <Alert color="orange" title="Webhooks that GitHub did not let us delete" data-testid="hooks-left">
      <Text size="sm">What they deliver is refused. They are deleted as soon as GitHub allows it, or by somebody who may, in the settings at GitHub:</Text>
      <List size="sm" mt={4}>{left.map((h) => <List.Item key={h.url}>{hookName(h, of.organization)}{h.cause && <>: <strong>{h.cause.title}.</strong> <CauseText cause={h.cause} /></>}</List.Item>)}</List>
    </Alert>
  )
}
