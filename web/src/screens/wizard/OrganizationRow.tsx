import { Checkbox, Group, Stack, Table, Text } from '@mantine/core'
import type { ConnectionOrganization } from '../../api/connections'
import { accessLooks } from '../../format/access'
import { plural } from '../../format/count'
import { Copy } from '../../parts/Copy'
import { Initials } from '../../parts/Initials'
import { TextLink } from '../../parts/links'
import { Remedy } from '../../parts/Remedy'
import { Status, Tag } from '../../parts/Status'
import { ServiceChips } from '../../parts/ServiceChips'
import classes from './wizard.module.css'

const links: Partial<Record<string, string>> = { sso_required: 'Authorize in GitHub', oauth_restricted: "Open GitHub's page of this application" }

interface Props { organization: ConnectionOrganization; selected: boolean; onSelect: (on: boolean) => void; grantURL: string | undefined }

/** One organization; what cannot be chosen is greyed, says why, and can still be reached by keyboard. */
export function OrganizationRow({ organization: o, selected, onSelect, grantURL }: Props) {
  const state = `org-${o.id}-state`
  return (
    <Table.Tr className={classes.row} data-off={o.selectable ? undefined : true} data-testid={`org-${o.login}`}>
      <Table.Th scope="row" fw={400}>
        <Checkbox
          label={<span className={classes.login}><Initials of={o.login} />{o.login}</span>} checked={selected} aria-describedby={state} classNames={{ body: classes.choice }}
          onChange={(event) => { if (o.selectable) onSelect(event.currentTarget.checked) }}
          {...(!o.selectable && { 'aria-disabled': true, styles: { input: { opacity: 0.45, cursor: 'not-allowed' }, label: { cursor: 'not-allowed' } } })}
        />
      </Table.Th>
      <Table.Td data-label="Role">{o.role ? <Tag>{o.role === 'admin' ? 'Owner' : 'Member'}</Tag> : ''}</Table.Td>
      <Table.Td data-label="Services">{Object.values(o.services).some((s) => s.available) && <ServiceChips services={available(o)} />}</Table.Td>
      <Table.Td id={state}><State organization={o} grantURL={grantURL} /></Table.Td>
    </Table.Tr>
  )
}

function available({ services: s }: ConnectionOrganization) {
  return { repos: s.repos.available, pull_requests: s.pull_requests.available, tickets: s.tickets.available, webhooks: s.webhooks.available }
}

function State({ organization: o, grantURL }: { organization: ConnectionOrganization; grantURL: string | undefined }) {
  if (o.claim) {
    return <Text size="sm">Already connected – <TextLink inherit underline="always" to="/settings/integrations/$id" params={{ id: o.claim.integration_id }}>{o.claim.name}</TextLink></Text>
  }
  const { cause } = o
  const url = cause?.remediation.url ?? (o.access === 'oauth_restricted' ? grantURL : undefined)
  return (
    <Stack gap={4} align="flex-start" miw={0}>
      <Group gap={6}>
        <Status look={accessLooks[o.access]} />
        {o.repository_selection && <Tag>{o.repository_selection === 'selected' ? 'Selected repos' : 'All repos'}</Tag>}
        {o.private_repositories !== undefined && <Text size="xs" c="dimmed" span>{plural(o.private_repositories, 'private repo')}</Text>}
      </Group>
      {cause && (
        <Text size="xs" component="div" maw={420}>
          <strong>{cause.title}.</strong> <Remedy remediation={{ ...cause.remediation, ...(url && { url }) }} link={links[cause.code]} />
        </Text>
      )}
      {cause && cause.remediation.who === 'org_owner' && <Copy text={requestFor(o, url)} label="Copy request for the owner" />}
    </Stack>
  )
}

/** A text for whoever owns the organization, with all they need. */
function requestFor(o: ConnectionOrganization, url: string | undefined): string {
  return [`Hello, we want to connect the GitHub organization ${o.login} to Tributary.`, o.cause?.detail, o.cause?.remediation.text, url, 'Thank you!'].filter(Boolean).join('\n')
}
