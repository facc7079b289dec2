import { Anchor, Button, type AnchorProps, type ButtonProps } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import { forwardRef, type ComponentPropsWithoutRef } from 'react'

// A button is an a only where it is told so.
const AnchorButton = forwardRef<HTMLAnchorElement, ButtonProps & Omit<ComponentPropsWithoutRef<'a'>, keyof ButtonProps>>(
  function AnchorButton(props, ref) {
    return <Button component="a" ref={ref} {...props} />
  },
)

/** Mantine's buttons and anchors as links of the router, with its types of paths. */
export const LinkButton = createLink(AnchorButton)
export const TextLink = createLink(Anchor<'a'>)

/** Said of every link that leaves this page where it is. */
export const newTab = <span className="visually-hidden"> (new tab)</span>

/** A link to another site, mostly GitHub. */
export function ExternalLink({ children, ...props }: AnchorProps & { href: string; children: React.ReactNode }) {
  return <Anchor inherit underline="always" {...props} target="_blank" rel="noreferrer">{children}{newTab}</Anchor>
}
