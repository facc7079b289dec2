import { Group, Title } from '@mantine/core'
import { useEffect, useRef } from 'react'

let arrived = false // whether a page was shown before: the first one leaves the focus to the browser

interface Props {
  /** From the innermost: ['Repos', 'acme', 'Integrations']. */
  title: string[]
  heading: React.ReactNode
  /** What stands right after the heading and belongs to it. */
  beside?: React.ReactNode
  /** What can be done here. */
  actions?: React.ReactNode
  children: React.ReactNode
  /** What it is about is still being read. */
  provisional?: boolean
}

/** A view: its document title, and its one h1, which has the focus when people come here. */
export function Page({ title, heading, beside, actions, children, provisional = false }: Props) {
  const h1 = useRef<HTMLHeadingElement>(null)
  const documentTitle = [...title, 'Tributary'].join(' – ')
  useEffect(() => {
    document.title = documentTitle
  }, [documentTitle])
  useEffect(() => {
    if (arrived) h1.current?.focus()
  }, [])
  useEffect(() => {
    arrived ||= !provisional
  }, [provisional])
  return (
    <>
      <Group justify="space-between" align="center" gap="sm" mb="md">
        <Group gap={6}><Title order={1} ref={h1} tabIndex={-1}>{heading}</Title>{beside}</Group>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </>
  )
}
