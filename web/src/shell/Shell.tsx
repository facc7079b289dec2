import { AppShell, Box, Burger, Center, Group, Loader, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useRouterState } from '@tanstack/react-router'
import { lazy, Suspense, useEffect } from 'react'
import { sessionQuery } from '../api/session'
import { ErrorPanel } from '../parts/ErrorPanel'
import { Toasts } from '../parts/toast'
import { Account } from './Account'
import { Banners } from './Banners'
import { Brand } from './Brand'
import { Navigation } from './Navigation'
import classes from './Shell.module.css'
import { ThemeSwitch } from './ThemeSwitch'

const SignIn = lazy(() => import('./SignIn').then((module) => ({ default: module.SignIn })))

/** The frame of every view, and in its place the sign-in where the API knows nobody. */
export function Shell() {
  const session = useQuery(sessionQuery)
  if (session.data === null) return <Suspense><SignIn /></Suspense>
  if (session.isPending) return <Center mih="60vh"><Loader aria-label="Loading" /></Center>
  if (session.isError) {
    return <Box component="main" p="lg" maw={720} mx="auto"><ErrorPanel what="Tributary could not be reached" error={session.error} retry={() => void session.refetch()} /></Box>
  }
  return <Frame />
}

function Frame() {
  const [opened, { toggle, close }] = useDisclosure(false)
  const path = useRouterState({ select: (s) => s.location.pathname })
  useEffect(close, [path, close])
  return (
    <AppShell header={{ height: 52 }} navbar={{ width: 208, breakpoint: 'sm', collapsed: { mobile: !opened } }} padding={{ base: 'sm', sm: 'lg' }}>
      <a className="skip-link" href="#content" onClick={(event) => { event.preventDefault(); document.getElementById('content')?.focus() }}>Skip to content</a>
      <AppShell.Header className={classes.header}>
        <Group gap="sm" wrap="nowrap">
          <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Navigation" aria-expanded={opened} />
          <Link to="/settings/integrations" className={classes.brand}><Brand /><Text fw={700} visibleFrom="xs" span>Tributary</Text></Link>
          <nav aria-label="Main" className={classes.top}>
            <Link to="/settings" className={classes.topLink} data-active={path.startsWith('/settings') || undefined}>Settings</Link>
          </nav>
        </Group>
        <Group gap="xs" wrap="nowrap"><ThemeSwitch /><Account /></Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" className={classes.navbar}><Navigation /></AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1} className={classes.main}>
        <Banners />
        <div className={classes.view}><Outlet /></div>
      </AppShell.Main>
      <Toasts />
    </AppShell>
  )
}
