import { Anchor } from '@mantine/core'
import type { components } from '../api/schema'
import { whoWords } from '../format/status'

/** The API names its own address of another integration; people want the page. */
const pageOf = (url: string) => url.replace(/^\/api\/v1\/integrations\//, '/settings/integrations/')

/** What to do, who can, and where. */
export function Remedy({ remediation: { text, url, who } }: { remediation: components['schemas']['Remediation'] }) {
  return (
    <>
      {text} <span style={{ color: 'var(--mantine-color-dimmed)' }}>{whoWords[who]}.</span>{' '}
      {url && <Anchor inherit underline="always" href={pageOf(url)} target="_blank" rel="noreferrer">Open the page for it<span className="visually-hidden"> (new tab)</span></Anchor>}
    </>
  )
}
