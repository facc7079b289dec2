import { CloseButton, Group, Paper, Text } from '@mantine/core'
import { useSyncExternalStore } from 'react'
import { oneLine } from '../api/problem'

interface Toast { id: number; text: string; failed: boolean }

const shownFor = 6_000
let toasts: Toast[] = []
let last = 0
const listeners = new Set<() => void>()

function set(next: Toast[]) {
  toasts = next
  listeners.forEach((tell) => tell())
}

const dismiss = (id: number) => set(toasts.filter((t) => t.id !== id))

function add(text: string, failed: boolean): number {
  set([...toasts.slice(-2), { id: ++last, text, failed }])
  return last
}

/** Says in a corner of the page that something was done. */
export function toast(text: string) {
  const id = add(text, false)
  setTimeout(() => dismiss(id), shownFor)
}

/** Says there that something did not work, until it is dismissed; only for what has no place of its own on the page. */
export const alarm = (text: string) => { add(text, true) }

/** Says what became of a change, also when what it was started from is gone by then. */
export function tell<T>(change: Promise<T>, done: string | ((result: T) => string), about?: string) {
  change.then(
    (result) => toast(typeof done === 'string' ? done : done(result)),
    (error: unknown) => alarm(about ? `${about}: ${oneLine(error)}` : oneLine(error)),
  )
}

export function Toasts() {
  const all = useSyncExternalStore((listener) => { listeners.add(listener); return () => listeners.delete(listener) }, () => toasts)
  return (
    <div style={{ position: 'fixed', right: 16, bottom: 16, zIndex: 400, display: 'grid', gap: 8, maxWidth: 'calc(100vw - 32px)' }}>
      <div role="alert">{all.filter((t) => t.failed).map(shown)}</div>
      <div role="status">{all.filter((t) => !t.failed).map(shown)}</div>
    </div>
  )
}

function shown({ id, text, failed }: Toast) {
  return (
    <Paper key={id} shadow="md" withBorder p="xs" pl="md" mt={8} data-testid="toast" style={failed ? { borderColor: 'var(--status-red)' } : undefined}>
      <Group gap="sm" wrap="nowrap"><Text size="sm" c={failed ? 'var(--status-red)' : undefined}>{text}</Text><CloseButton size="sm" ml="auto" aria-label="Dismiss" onClick={() => dismiss(id)} /></Group>
    </Paper>
  )
}
