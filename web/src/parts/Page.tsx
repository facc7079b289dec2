import { Group, Title } from '@mantine/core'
import { useEffect, useRef } from 'react'

let arrived = false // whether a page was shown before: the first one leaves the focus to the browser

interface Props {
  /** From the innermost: ['Repos', 'acme', 'Integrations']. */
  title: string[]
  heading: React.ReactNode
  /** What stands beside the heading. */
  actions?: React.ReactNode
  children: React.ReactNode
}

/** A view: its document title, and its one h1, which has the focus when people come here. */
export function Page({ title, heading, actions, children }: Props) {
  const h1 = useRef<HTMLHeadingElement>(null)
  const documentTitle = [...title, 'Tributary'].join(' – ')
  useEffect(() => {
    document.title = documentTitle
  }, [documentTitle])
  useEffect(() => {
    if (arrived) h1.current?.focus()
    arrived = true
  }, [])
  return (
    <>
      <Group justify="space-between" align="center" gap="sm" mb="md">
        <Title order={1} ref={h1} tabIndex={-1}>{heading}</Title>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </>
  )
}
