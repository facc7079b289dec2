import { Button, Group, List, Loader, Stack, Text, Title } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { plural } from '../../format/count'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { ExternalLink } from '../../parts/links'
import { Loading } from '../../parts/Loading'
import { Connected } from './Connected'
import { Footer } from './Footer'
import { Notice } from './Notice'
import { Organizations } from './Organizations'
import { ScopeTable } from './ScopeTable'
import { ServiceAccount } from './ServiceAccount'
import { useGitHubWindow } from './useGitHubWindow'
import type { Wizard } from './useWizard'
import { notReady, Waiting } from './Waiting'
import classes from './wizard.module.css'

/** S4a and S4b: through GitHub's own page. */
export function ConnectStep({ wizard, advice }: { wizard: Wizard; advice: string }) {
  const { connection, method, organizations, selected } = wizard
  const isApp = wizard.search.method === 'github_app'
  const label = isApp ? 'Retrieve organizations via OAuth' : 'Connect to GitHub'
  const gitHub = useGitHubWindow(wizard, isApp ? 'app_orgs' : 'oauth')
  const authorized = connection?.state === 'authorized'
  const arrived = useArrived(connection?.state)
  const waits = connection?.state === 'pending'
  const unknown = wizard.search.connection !== undefined && connection === undefined // it is being asked
  const reason = isApp ? (authorized ? undefined : `Press ${label} first.`) : notReady(connection, selected.length, `Press ${label} first.`)
  const scopes = method?.required_scopes ?? []
  if (method && !method.enabled) {
    return <><Notice tone="amber" role="note" title="This method is not set up here">{method.reason}</Notice><Footer back={wizard.back} onNext={wizard.next} reason="The method is not set up." /></>
  }
  return (
    <>
      <ServiceAccount advice={advice} />
      {!authorized && (
        <Text size="sm" maw="42rem">
          {isApp
            ? 'GitHub tells us on which of your organizations the App is installed. Your account is asked for that alone, and its authorization is dropped when the integrations are made.'
            : 'GitHub asks you to authorize the application with the service account. Nothing is ingested before the last step.'}
        </Text>
      )}
      {wizard.search.connection && connection === null && <Notice tone="amber" title="That connection is not there any more">It was used or has expired. Connect again.</Notice>}
      {gitHub.blocked && <Blocked gitHub={gitHub} />}
      {gitHub.error && <ErrorPanel what="The way to GitHub could not be opened" error={gitHub.error} retry={() => gitHub.open()} />}
      {connection && <Waiting connection={connection} />}
      {unknown ? <Loading rows={2} /> : waits ? <AtGitHub gitHub={gitHub} /> : !authorized && (
        <Group><Button loading={gitHub.starting} onClick={() => gitHub.open()} data-testid={isApp ? 'retrieve-orgs' : 'connect-github'}>{label}</Button></Group>
      )}
      {authorized && (
        <Stack gap="sm">
          <Connected connection={connection} />
          {isApp && organizations && <Text size="sm" role="status">Retrieved {plural(organizations.length, 'organization')} as {connection.login}</Text>}
          <Group gap="xs"><Text size="sm">Signed in as {connection.login} – not the service account?</Text><Button size="compact-sm" variant="default" loading={gitHub.starting} onClick={() => gitHub.open(true)} data-testid="other-account">Use another account</Button></Group>
          {!isApp && <><Title order={2}>Organizations</Title><Organizations wizard={wizard} /></>}
        </Stack>
      )}
      {!isApp && scopes.length > 0 && (
        <details className={classes.more}>
          <summary>Why does GitHub ask for write access?</summary>
          <Text size="sm" mb={4}>GitHub's OAuth has no scopes that only read. What it grants to write is never used, but for webhooks that you switch on yourself.</Text>
          <ScopeTable scopes={scopes} caption="Scopes that GitHub is asked for" />
        </details>
      )}
      {!authorized && <Trouble gitHub={method?.grant_url ?? method?.install_url} />}
      <Footer back={wizard.back} arrived={arrived && !reason ? connection?.id : undefined} onNext={wizard.next} reason={reason} />
    </>
  )
}

type GitHub = ReturnType<typeof useGitHubWindow>

function AtGitHub({ gitHub }: { gitHub: GitHub }) {
  return (
    <div className="panel" style={{ padding: 16 }}>
      <Group gap="sm" mb="xs" role="status"><Loader size="xs" aria-hidden="true" /><Text fw={600}>Waiting for GitHub…</Text></Group>
      <Text size="sm" mb="sm">{gitHub.closed ? 'The GitHub window is closed. If you have finished there, this goes on by itself in a moment; if not, open it again.' : 'A GitHub window is open. Sign in there and authorize the application.'}</Text>
      <Group gap="xs">
        <Button variant="default" size="xs" loading={gitHub.starting} onClick={() => gitHub.open()}>Open again</Button>
        <Button variant="subtle" size="xs" onClick={gitHub.cancel}>Cancel</Button>
      </Group>
    </div>
  )
}

function Blocked({ gitHub }: { gitHub: GitHub }) {
  return (
    <Notice tone="amber" title="Your browser blocked the pop-up" testId="popup-blocked">
      <Text size="sm" mb="sm">Allow pop-ups for this site in the address bar, then try again. Or go to GitHub in this tab: you come back to this step.</Text>
      <Group gap="xs">
        <Button size="xs" variant="default" onClick={() => gitHub.open()}>Allow pop-ups and retry</Button>
        <Button size="xs" variant="default" loading={gitHub.starting} onClick={() => gitHub.redirect()}>Continue in this tab</Button>
      </Group>
    </Notice>
  )
}

function Trouble({ gitHub }: { gitHub: string | undefined }) {
  return (
    <details className={classes.more}>
      <summary>Is something in the way?</summary>
      <List size="sm" spacing={4}>
        <List.Item>Another account is signed in to GitHub in this browser: open this page in a private window, or sign out of {gitHub ? <ExternalLink href={new URL('/logout', gitHub).href}>GitHub</ExternalLink> : 'GitHub'} first.</List.Item>
        <List.Item>No window opens: allow pop-ups for this site.</List.Item>
      </List>
    </details>
  )
}

/** Whether people have come back from GitHub while this step was shown. */
function useArrived(state: string | undefined): boolean {
  const waited = useRef(false)
  const [arrived, setArrived] = useState(false)
  useEffect(() => {
    if (state === 'pending') waited.current = true
    setArrived(state === 'authorized' && waited.current)
  }, [state])
  return arrived
}
