import { Stack, Text, Title } from '@mantine/core'

/** What is shown in place of rows, and what to do about it. */
export function Empty({ title, children, action }: { title: string; children?: React.ReactNode; action?: React.ReactNode }) {
  return (
    <Stack className="panel" p="xl" gap="sm" align="flex-start" data-testid="empty">
      <Title order={2}>{title}</Title>
      {typeof children === 'string' ? <Text>{children}</Text> : children}
      {action}
    </Stack>
  )
}
