import { Alert, Button, Code, Group, Stack, Text } from '@mantine/core'
import { toApiError } from '../api/problem'
import { Copy } from './Copy'
import { Remedy } from './Remedy'

interface Props {
  error: unknown
  /** What could not be done, as "The integrations could not be read". */
  what: string
  retry?: () => void
}

/** What happened, what to do, who must do it, and how to find it in the log. */
export function ErrorPanel({ error, what, retry }: Props) {
  const told = toApiError(error)
  return (
    <Alert color="red" role="alert" title={what} data-testid="error-panel">
      <Stack gap="xs">
        <Text size="sm"><strong>{told.title}.</strong> {told.message}</Text>
        {told.problem?.errors?.map((field) => <Text size="sm" key={field.location}>{field.location}: {field.message}</Text>)}
        <Text size="sm"><Remedy remediation={told.remediation} /></Text>
        <Group gap="xs">
          {retry && <Button size="xs" variant="default" onClick={retry}>Try again</Button>}
          <Code>{told.code}</Code>
          {told.requestId && <><Text size="xs">Request <Code>{told.requestId}</Code></Text><Copy text={`${told.code} ${told.requestId}`} label="Copy code and request id" /></>}
        </Group>
      </Stack>
    </Alert>
  )
}
