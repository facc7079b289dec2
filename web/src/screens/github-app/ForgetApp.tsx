import { List, Text } from '@mantine/core'
import { useForgetGitHubApp, type GitHubApp } from '../../api/githubApp'
import { ConfirmDialog } from '../../parts/ConfirmDialog'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { toast } from '../../parts/toast'

/** Says what ends with the App. The API refuses it while integrations read through it. */
export function ForgetApp({ app, opened, onClose }: { app: GitHubApp; opened: boolean; onClose: () => void }) {
  const forget = useForgetGitHubApp()
  const close = () => { forget.reset(); onClose() }
  const submit = () => forget.mutate(undefined, { onSuccess: () => { toast('The GitHub App is forgotten'); onClose() } })
  return (
    <ConfirmDialog opened={opened} danger title={app.name ? `Forget ${app.name}?` : 'Forget the GitHub App?'} confirm="Forget the App" saving={forget.isPending} onConfirm={submit} onClose={close}>
      <List size="sm" spacing={4}>
        <List.Item>Its key and secrets are deleted here. GitHub does not tell them again: this very App cannot be used here any more.</List.Item>
        <List.Item>Nobody can connect with the GitHub App until another one is created.</List.Item>
        <List.Item>What it delivers is refused from then on.</List.Item>
        <List.Item>At GitHub it stays: delete it in the settings of {app.owner ?? 'the account that owns it'}.</List.Item>
      </List>
      <Text size="sm">While integrations read through it, it cannot be forgotten.</Text>
      {forget.error && <ErrorPanel what="The GitHub App was not forgotten" error={forget.error} />}
    </ConfirmDialog>
  )
}
