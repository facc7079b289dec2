import { Button, Modal } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { githubAppQuery } from '../../api/githubApp'
import { LinkButton } from '../../parts/links'
import { CreateApp } from './CreateApp'

/** The way out for people to whom the GitHub App is not offered. One that cannot be used has to be forgotten first. */
export function CreateAppButton() {
  const { data: app } = useQuery(githubAppQuery)
  const [opened, { open, close }] = useDisclosure(false)
  if (app?.cause) return <div><LinkButton to="/settings/github-app" variant="default">See what is wrong with the GitHub App</LinkButton></div>
  return (
    <div>
      <Button variant="default" onClick={open} data-testid="create-github-app">Create the GitHub App</Button>
      <Modal opened={opened} onClose={close} title="Create the GitHub App" size="lg"><CreateApp from={undefined} /></Modal>
    </div>
  )
}
