import { Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ConnectionOrganization } from '../../api/connections'
import { dryRunQuery } from '../../api/connections'
import { integrationQuery } from '../../api/integrations'
import { plural } from '../../format/count'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { TextLink } from '../../parts/links'
import { lostOf, requestOf } from './choices'
import { Footer } from './Footer'
import { Notice } from '../../parts/Notice'
import { backfillText, repositoriesText, servicesText } from './Summary'
import { useCreate } from './useCreate'
import type { Wizard } from './useWizard'

/** S4a.4: each organization becomes an integration, which has its name. */
export function ConfirmStep({ wizard }: { wizard: Wizard }) {
  const { connection, choices, organizations, selected } = wizard
  const create = useCreate(wizard)
  const request = connection ? requestOf(choices, connection, organizations ?? [], new Date()) : undefined
  const dryRun = useQuery(dryRunQuery(request ?? { connection_id: '', organizations: [] }, Boolean(request) && !create.isPending && !create.isSuccess))
  const lost = lostOf(choices, organizations ?? [])
  const conflict = lost.length > 0 // then the table says it
  const submit = () => request && !create.isPending && create.mutate(request, {
    onSuccess: ({ items }) => {
      wizard.change({ created: items.map((i) => i.id) })
      wizard.go({ step: 'progress' }, true)
    },
  })
  const names = new Map(selected.map((o, i) => [o.id, dryRun.data?.items[i]?.name ?? o.login]))
  return (
    <>
      <Text>{plural(selected.length, 'organization')} will become {plural(selected.length, 'integration')}.</Text>
      {lost.map((o) => <Lost key={o.id} organization={o} />)}
      <div className="panel rows">
        <Table className="cards" data-testid="confirm-table">
          <Table.Caption className="visually-hidden">What will be created</Table.Caption>
          <Table.Thead><Table.Tr><Table.Th scope="col">Organization</Table.Th><Table.Th scope="col">Integration</Table.Th><Table.Th scope="col">Services</Table.Th><Table.Th scope="col">Backfill</Table.Th><Table.Th scope="col">Repos</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {[...selected, ...lost].map((o) => (
              <Table.Tr key={o.id}>
                <Table.Th scope="row">{o.login}</Table.Th>
                {o.claim
                  ? <Table.Td colSpan={4} data-label="Left out">Already connected – <TextLink inherit underline="always" to="/settings/integrations/$id" params={{ id: o.claim.integration_id }}>{o.claim.name}</TextLink></Table.Td>
                  : <><Table.Td data-label="Integration">{names.get(o.id)}</Table.Td><Table.Td data-label="Services">{servicesText(choices)}</Table.Td><Table.Td data-label="Backfill">{backfillText(choices)}</Table.Td><Table.Td data-label="Repos">{repositoriesText(choices)}</Table.Td></>}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {create.error && !conflict ? <ErrorPanel what="Nothing was created" error={create.error} retry={submit} /> : dryRun.error && !conflict && <ErrorPanel what="They can't be created like this" error={dryRun.error} retry={() => void dryRun.refetch()} />}
      <Footer back={wizard.back} label="Done" testId="done" loading={create.isPending} onNext={submit} reason={selected.length === 0 ? 'No organization is left to connect.' : undefined} />
    </>
  )
}

/** Somebody was quicker. The others go on once Done is pressed again. */
function Lost({ organization: o }: { organization: ConnectionOrganization }) {
  const other = useQuery({ ...integrationQuery(o.claim?.integration_id ?? ''), enabled: Boolean(o.claim), refetchInterval: false })
  return (
    <Notice tone="amber" title={`${o.login} was just connected${other.data?.added ? ` by ${other.data.added.by}` : ''}`}>
      <Text size="sm">Nothing was created yet. It is left out; press Done to create the others.</Text>
    </Notice>
  )
}
