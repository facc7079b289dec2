import { Collapse, Group, List, Stack, Text, Title, UnstyledButton } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { providersQuery } from '../../api/connections'
import { connectionStatusQuery, type IntegrationOrganization } from '../../api/integrations'
import { accessLooks, isReadable } from '../../format/access'
import { Copy } from '../../parts/Copy'
import { ExternalLink } from '../../parts/links'
import { AppCauses, GrantSteps, noGrantButton } from '../../parts/organizationHelp'
import { Status } from '../../parts/Status'

interface Props { id: string; organizations: IntegrationOrganization[] }

/** Why an organization is not in the list, or is and cannot be read: GitHub's two causes, with what the last check found. */
export function MissingGroup({ id, organizations }: Props) {
  const unreadable = organizations.filter((o) => !isReadable(o.access) && o.access !== 'checking')
  const [open, { toggle }] = useDisclosure(false)
  return (
    <section className="panel" style={{ padding: 12 }} aria-label="Can't see a group?" data-testid="missing-group">
      <UnstyledButton fw={650} mih={28} aria-expanded={open} onClick={toggle}><span aria-hidden="true" style={{ display: 'inline-block', width: 18 }}>{open ? '▾' : '▸'}</span>Can't see a group?</UnstyledButton>
      <Collapse expanded={open}>{open && <Causes id={id} unreadable={unreadable} />}</Collapse>
    </section>
  )
}

function Causes({ id, unreadable }: { id: string; unreadable: IntegrationOrganization[] }) {
  const { data: connection } = useQuery(connectionStatusQuery(id))
  const { data: providers } = useQuery(providersQuery)
  const method = providers?.[0]?.auth_methods.find((m) => m.id === connection?.auth_method)
  return (
    <Stack gap="sm" mt="xs" px={6}>
      <Text size="sm">There are two likely causes. What the last check found:</Text>
      {unreadable.length === 0
        ? <Text size="sm" c="dimmed">Every organization that GitHub shows to {connection?.login ?? 'the account'} can be read. One that is not in the list is invisible to it.</Text>
        : <List size="sm" spacing={6}>{unreadable.map((o) => <List.Item key={o.id}><Group gap="xs"><strong>✗ {o.login}</strong><Status look={accessLooks[o.access]} /><span>{o.cause?.remediation.text}</span><Where organization={o} /></Group></List.Item>)}</List>}
      <div>
        <Title order={3} mb={4}>1. Permissions</Title>
        {method?.id === 'github_app' ? <AppCauses installURL={method.install_url} /> : <Text size="sm">The account is no member of the organization, or its owner has not let the application in. A member asks the owner: press <strong>Request</strong> next to the organization on GitHub's page of the application. An owner presses <strong>Grant</strong> there.</Text>}
        <Group gap="xs" mt={6}>
          {method?.grant_url && <ExternalLink inherit={false} size="sm" href={method.grant_url}>GitHub's page of the application</ExternalLink>}
          <Copy size="compact-sm" text={request(connection?.login)} label="Copy request for the owner" />
        </Group>
      </div>
      <div>
        <Title order={3} mb={4}>2. Organization access</Title>
        <Text size="sm">Access was not granted to the organization at set-up, or the account was not added to its private repos. An owner adds the account to each of them, with the role Read.</Text>
      </div>
      <div>
        <Title order={3} mb={4}>{noGrantButton}</Title>
        <GrantSteps organizations={unreadable} />
      </div>
      <Text size="sm">Then come back here and press Refresh groups. Coming back asks GitHub as well.</Text>
    </Stack>
  )
}

function Where({ organization: o }: { organization: IntegrationOrganization }) {
  if (!o.cause?.remediation.url) return null
  return <ExternalLink href={o.cause.remediation.url}>{o.role === 'admin' ? 'Grant' : 'Request'} for {o.login}</ExternalLink>
}

function request(login: string | undefined): string {
  return `Tributary reads our organization's repositories, pull requests and tickets${login ? ` as ${login}` : ''}, and may not read all of them yet. `
    + `As an owner, please open the organization's Settings on GitHub, then Third-party access, find Tributary and press Grant access; and add ${login ?? 'the account'} to the private repositories with the role Read.`
}
