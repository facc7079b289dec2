import { Box, Burger, Center, Group, Loader, Text } from '@mantine/core'
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

// What takes the scroll bar away for a dialog leaves its room free beside these.
const keepsItsPlace = 'right-scroll-bar-position'

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
  const part = path.startsWith('/reports') ? 'Reports' : 'Settings'
  useEffect(close, [path, close])
  return (
    <div className={classes.shell} data-opened={opened || undefined}>
      <a className="skip-link" href="#content" onClick={(event) => { event.preventDefault(); document.getElementById('content')?.focus() }}>Skip to content</a>
      <header className={`${classes.header} ${keepsItsPlace}`}>
        <Group gap="sm" wrap="nowrap">
          <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Navigation" aria-expanded={opened} />
          <Link to="/settings/integrations" className={classes.brand} aria-label="Tributary"><Brand /><Text fw={700} visibleFrom="xs" span>Tributary</Text></Link>
          <Parts part={part} className={classes.top} />
        </Group>
        <Group gap="xs" wrap="nowrap"><ThemeSwitch /><Account /></Group>
      </header>
      <div className={classes.navbar}><Parts part={part} className={classes.topInBar} /><Navigation part={part} /></div>
      <main id="content" tabIndex={-1} className={classes.main}>
        <Banners />
        <div className={classes.view}><Outlet /></div>
      </main>
      <Toasts />
    </div>
  )
}

/** The parts of the product: in the header, or on a phone in the navigation. */
function Parts({ part, className }: { part: 'Settings' | 'Reports'; className: string | undefined }) {
  return (
    <nav aria-label="Main" className={className}>
      <Link to="/reports" className={classes.topLink} data-active={part === 'Reports' || undefined}>Reports</Link>
      <Link to="/settings" className={classes.topLink} data-active={part === 'Settings' || undefined}>Settings</Link>
    </nav>
  )
}
