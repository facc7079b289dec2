import { Anchor, Button, type ButtonProps } from '@mantine/core'
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
