import { Alert } from '@mantine/core'

interface Props { tone: 'amber' | 'red'; title: string; role?: 'alert' | 'status' | 'note'; testId?: string; children?: React.ReactNode }

/** What stands in the way, in the colours of the states. */
export function Notice({ tone, title, role = 'alert', testId, children }: Props) {
  return (
    <Alert
      role={role} title={title} data-testid={testId} color={tone === 'red' ? 'red' : 'yellow'}
      styles={{ root: { background: `var(--status-${tone}-tint)`, borderLeft: `3px solid var(--status-${tone})` }, title: { color: `var(--status-${tone})` }, message: { color: 'var(--mantine-color-text)' } }}
    >
      {children}
    </Alert>
  )
}
