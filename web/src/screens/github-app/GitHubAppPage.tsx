import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { githubAppQuery, type GitHubApp } from '../../api/githubApp'
import { useReadOnlyReason } from '../../api/session'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { Page } from '../../parts/Page'
import { Panel } from '../../parts/Panel'
import { Notice } from '../../parts/Notice'
import { AppDetails } from './AppDetails'
import { CreateApp } from './CreateApp'

/** The GitHub App that this installation is. */
export function GitHubAppPage() {
  const { data, error, refetch } = useQuery(githubAppQuery)
  return (
    <Page title={['GitHub App', 'Settings']} heading="GitHub App">
      <Text size="sm" mb="md" maw="48rem">The best way to connect: each organization has a rate limit of its own, and nothing depends on anybody's account. Tributary is one GitHub App for all organizations.</Text>
      {error && <ErrorPanel what={data ? 'What is shown may be old' : 'The GitHub App could not be read'} error={error} retry={() => void refetch()} />}
      {data ? <Content app={data} /> : !error && <Loading rows={3} height={60} />}
    </Page>
  )
}

function Content({ app }: { app: GitHubApp }) {
  const readOnly = useReadOnlyReason()
  if (app.configured || app.cause) return <AppDetails app={app} />
  if (readOnly) return <Notice tone="amber" role="note" title="No GitHub App is set up">{readOnly}</Notice>
  return <Panel title="Create the GitHub App"><CreateApp from={{ to: 'github-app' }} /></Panel>
}
