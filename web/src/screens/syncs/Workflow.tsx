import { Anchor } from '@mantine/core'
import { Copy } from '../../parts/Copy'

/** How to find a workflow in Temporal. */
export function Workflow({ id, url }: { id: string; url: string | undefined }) {
  return (
    <>
      <Copy text={id} label="Copy id" />
      {url && <Anchor size="sm" underline="always" href={url} style={{ whiteSpace: 'nowrap' }} target="_blank" rel="noreferrer">Temporal<span className="visually-hidden">: history of {id} (new tab)</span></Anchor>}
    </>
  )
}
