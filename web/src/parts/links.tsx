import { Anchor, Button } from '@mantine/core'
import { createLink } from '@tanstack/react-router'

/** Mantine's buttons and anchors as links of the router, with its types of paths. */
export const LinkButton = createLink(Button<'a'>)
export const TextLink = createLink(Anchor<'a'>)
