import { Button, CopyButton } from '@mantine/core'

/** Copies a text, and says that it did. */
export function Copy({ text, label, size = 'compact-xs' }: { text: string; label: string; size?: string }) {
  return (
    <CopyButton value={text} timeout={2000}>
      {({ copied, copy }) => (
        <Button size={size} variant="default" onClick={copy}>
          <span aria-live="polite">{copied ? 'Copied' : label}</span>
        </Button>
      )}
    </CopyButton>
  )
}
