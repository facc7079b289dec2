import { CloseButton, Group, Paper, Text } from '@mantine/core'
import { useSyncExternalStore } from 'react'

interface Toast { id: number; text: string }

const shownFor = 6_000
let toasts: Toast[] = []
let last = 0
const listeners = new Set<() => void>()

function set(next: Toast[]) {
  toasts = next
  listeners.forEach((tell) => tell())
}

const dismiss = (id: number) => set(toasts.filter((t) => t.id !== id))

/** Says in a corner of the page that something was done. What went wrong stands where it happened instead. */
export function toast(text: string) {
  const id = ++last
  set([...toasts.slice(-2), { id, text }])
  setTimeout(() => dismiss(id), shownFor)
}

export function Toasts() {
  const shown = useSyncExternalStore((tell) => { listeners.add(tell); return () => listeners.delete(tell) }, () => toasts)
  return (
    <div role="status" style={{ position: 'fixed', right: 16, bottom: 16, zIndex: 400, display: 'grid', gap: 8, maxWidth: 'calc(100vw - 32px)' }}>
      {shown.map((t) => (
        <Paper key={t.id} shadow="md" withBorder p="xs" pl="md" data-testid="toast">
          <Group gap="sm" wrap="nowrap"><Text size="sm">{t.text}</Text><CloseButton size="sm" aria-label="Dismiss" onClick={() => dismiss(t.id)} /></Group>
        </Paper>
      ))}
    </div>
  )
}
