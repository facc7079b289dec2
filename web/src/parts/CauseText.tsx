import { Anchor, Text } from '@mantine/core'
import type { Cause } from '../api/problem'
import { whoWords } from '../format/status'

/** A cause in full: what it is, what to do, who can, and where. */
export function CauseText({ cause }: { cause: Cause }) {
  const { text, url, who } = cause.remediation
  return (
    <Text size="sm" component="div">
      {cause.detail} {text} <span style={{ color: 'var(--mantine-color-dimmed)' }}>{whoWords[who]}.</span>{' '}
      {url && <Anchor inherit underline="always" href={url} target="_blank" rel="noreferrer">Open the page for it<span className="visually-hidden"> (new tab)</span></Anchor>}
    </Text>
  )
}
