import { Alert, Anchor, Button, Code, Group, Stack, Text } from '@mantine/core'
import { toApiError } from '../api/problem'
import { whoWords } from '../format/status'
import { Copy } from './Copy'

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
        <Text size="sm">
          {told.remediation.text} {whoWords[told.remediation.who] && `${whoWords[told.remediation.who]}.`}{' '}
          {told.remediation.url && <Anchor size="sm" inherit underline="always" href={told.remediation.url} target="_blank" rel="noreferrer">Open the page for it</Anchor>}
        </Text>
        <Group gap="xs">
          {retry && <Button size="xs" variant="default" onClick={retry}>Try again</Button>}
          <Code>{told.code}</Code>
          {told.requestId && <><Text size="xs">Request <Code>{told.requestId}</Code></Text><Copy text={`${told.code} ${told.requestId}`} label="Copy code and request id" /></>}
        </Group>
      </Stack>
    </Alert>
  )
}
