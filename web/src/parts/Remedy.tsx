import type { Remediation } from '../api/problem'
import { whoWords } from '../format/status'
import { ExternalLink } from './links'

/** The API names its own address of another integration; people want the page. */
const pageOf = (url: string) => url.replace(/^\/api\/v1\/integrations\//, '/settings/integrations/')

interface Props {
  remediation: Remediation
  /** What the link says. */
  link?: string | undefined
}

/** What to do, who can, and where. */
export function Remedy({ remediation: { text, url, who }, link = 'Open the page for it' }: Props) {
  return (
    <>
      {text} <span style={{ color: 'var(--mantine-color-dimmed)' }}>{whoWords[who]}</span>{' '}
      {url && <ExternalLink href={pageOf(url)}>{link}</ExternalLink>}
    </>
  )
}
