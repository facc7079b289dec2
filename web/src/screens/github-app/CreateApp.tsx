import { Button, Checkbox, List, Radio, Stack, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { postManifest, startGitHubApp } from '../../api/githubApp'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { leaveFrom, type Place } from '../../parts/leaving'
import { AppPermissions } from './AppPermissions'
import { organizationError } from './organization'

/** Sends an admin to GitHub to register the App, in this window; GitHub leads back to where they were. */
export function CreateApp({ from }: { from: Place | undefined }) {
  const [owner, setOwner] = useState<'organization' | 'person'>('organization')
  const [organization, setOrganization] = useState('')
  const [left, setLeft] = useState(false) // the field
  const [several, setSeveral] = useState(true)
  const start = useMutation({
    mutationFn: startGitHubApp,
    onSuccess: (started) => {
      leaveFrom(from)
      postManifest(started)
    },
  })
  const wrong = owner === 'organization' ? organizationError(organization) : undefined
  const submit = () => {
    setLeft(true)
    if (!wrong && !start.isPending) start.mutate({ public: several, ...(owner === 'organization' && { organization: organization.trim() }) })
  }
  return (
    <form onSubmit={(event) => { event.preventDefault(); submit() }}>
      <Stack gap="md" maw="42rem">
        <Radio.Group label="Who shall own the App?" value={owner} onChange={(value) => setOwner(value === 'person' ? 'person' : 'organization')}>
          <Stack gap={6} mt={6}>
            <Radio value="organization" label="An organization" description="It stays when people leave. You must be one of its owners." />
            <Radio value="person" label="My own account at GitHub" description="The one that is signed in there." />
          </Stack>
        </Radio.Group>
        {owner === 'organization' && (
          <TextInput
            label="Organization" description="As in its address on GitHub: octo-org of github.com/octo-org." placeholder="octo-org" maw="24rem" autoComplete="off" spellCheck={false} autoCapitalize="none"
            value={organization} onChange={(event) => { setOrganization(event.currentTarget.value); start.reset() }} onBlur={() => setLeft(organization !== '')} error={left && wrong}
          />
        )}
        <Checkbox checked={several} onChange={(event) => setSeveral(event.currentTarget.checked)} label="It can be installed on other organizations too" description="Needed to read more organizations than the one that owns it. An owner of each installs it." />
        <div>
          <Text size="sm" fw={600} mb={4}>What will happen</Text>
          <List size="sm" spacing={4} type="ordered">
            <List.Item>GitHub opens in this window, shows what the App may do and asks you to confirm. You can change its name there.</List.Item>
            <List.Item>GitHub sends you back here within the hour. The App's key and secrets are sealed in the database; nobody is shown them.</List.Item>
            <List.Item>The App can be used at once, without a restart. An owner installs it on each organization that is to be read.</List.Item>
          </List>
        </div>
        <AppPermissions />
        {start.error && <ErrorPanel what="The GitHub App can't be created now" error={start.error} />}
        <div><Button type="submit" loading={start.isPending || start.isSuccess} data-testid="continue-on-github">Continue on GitHub</Button></div>
      </Stack>
    </form>
  )
}
