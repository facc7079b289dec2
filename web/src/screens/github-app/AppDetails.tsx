import { Button, Group, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation } from '@tanstack/react-query'
import { useRefreshGitHubApp, type GitHubApp } from '../../api/githubApp'
import { useReadOnlyReason } from '../../api/session'
import { FactList } from '../../parts/FactList'
import { ExternalLink, LinkButton, newTab } from '../../parts/links'
import { Panel } from '../../parts/Panel'
import { ReasonedButton } from '../../parts/ReasonedButton'
import { Tag } from '../../parts/Status'
import { Time } from '../../parts/Time'
import { CauseAlert } from '../../parts/CauseAlert'
import { AppPermissions } from './AppPermissions'
import { ForgetApp } from './ForgetApp'

/** The App that this installation is, or the one whose secrets cannot be opened any more. */
export function AppDetails({ app }: { app: GitHubApp }) {
  const [forgetting, { open, close }] = useDisclosure(false)
  const refresh = useRefreshGitHubApp()
  const check = useMutation({ mutationFn: refresh })
  const readOnly = useReadOnlyReason()
  const fromSettings = app.source === 'environment'
  return (
    <Stack gap="md" data-testid="github-app">
      {app.cause && <CauseAlert cause={app.cause} title="The GitHub App can't be used" />}
      <Panel title={app.name ?? app.slug ?? 'GitHub App'} aside={app.configured && <Tag colour="green">✓ Set up</Tag>}>
        <Stack gap="md">
          <FactList facts={[
            ['Name at GitHub', app.html_url && <ExternalLink key="page" href={app.html_url}>{app.slug}<span className="visually-hidden"> on GitHub</span></ExternalLink>],
            ['Owner', app.owner],
            ['Set up by', fromSettings ? 'The settings of this installation' : app.created_by],
            ['Created', app.created_at && <Time key="created" at={app.created_at} />],
          ]} />
          {fromSettings && <Text size="sm">The environment variables that begin with <code>TRIBUTARY_GITHUB_APP_</code> name this App. They win over an App that is created here, so it can be changed there only, by the people who run this installation.</Text>}
          {app.configured && <AppPermissions />}
          <Group gap="xs">
            <Button variant="default" size="xs" loading={check.isPending} onClick={() => check.mutate()}>Check again</Button>
            {!fromSettings && <ReasonedButton variant="default" size="xs" c="var(--status-red)" reason={readOnly} onClick={open} data-testid="forget-github-app">Forget…</ReasonedButton>}
            <Text size="sm" role="status">{check.isSuccess && (app.configured ? 'Checked: it can be used' : 'Checked: it still can\'t be used')}</Text>
          </Group>
        </Stack>
      </Panel>
      {app.configured && <Next app={app} />}
      <ForgetApp app={app} opened={forgetting} onClose={close} />
    </Stack>
  )
}

function Next({ app }: { app: GitHubApp }) {
  return (
    <Panel title="What comes next">
      <Text size="sm" mb="sm">An owner installs the App on an organization, at GitHub. Then the organization can be connected with the GitHub App.</Text>
      <Group gap="xs">
        <Button component="a" variant="default" href={app.install_url} target="_blank" rel="noopener noreferrer">Install on an organization{newTab} <span aria-hidden="true">&nbsp;↗</span></Button>
        <LinkButton to="/settings/integrations/new" search={{ provider: 'github_cloud', method: 'github_app', step: 'connect' }}>Add integration</LinkButton>
      </Group>
    </Panel>
  )
}
