import { Button, Checkbox, Group, Stack, Table, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { checkAgain, connectionOrganizationsQuery } from '../../api/connections'
import { count } from '../../format/count'
import { Announced } from '../../parts/Announced'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { news } from './choices'
import { NoOrganizations, NoGrantButton } from './OrganizationHelp'
import { OrganizationRow } from './OrganizationRow'
import type { Wizard } from './useWizard'

const worthSearching = 8

/** What the account sees, verdict by verdict as GitHub answers, and what is chosen of it. */
export function Organizations({ wizard }: { wizard: Wizard }) {
  const { organizations, selected, choices, change, method } = wizard
  const [q, setQ] = useState('')
  if (!organizations) return <Loading rows={3} />
  const isApp = method?.id === 'github_app'
  const selectable = organizations.filter((o) => o.selectable)
  const checking = organizations.filter((o) => o.access === 'checking').length
  const shown = organizations.filter((o) => o.login.toLowerCase().includes(q.trim().toLowerCase()))
  const choose = (ids: number[], on: boolean) => change({ chosen: { ...choices.chosen, ...Object.fromEntries(ids.map((id) => [id, on])) } })
  const selectedIds = new Set(selected.map((o) => o.id))
  const offered = shown.filter((o) => o.selectable)
  const maybe = shown.filter((o) => o.selectable || o.access === 'checking') // "all" is also what turns out to be available a second later
  const all = offered.length > 0 && offered.every((o) => selectedIds.has(o.id))
  return (
    <Stack gap="sm" data-testid="org-list">
      {organizations.length === 0 ? <NoOrganizations isApp={isApp} installURL={method?.install_url} /> : (
        <>
          <Group justify="space-between" align="end" gap="sm">
            <Stack gap={4}>
              <Text size="sm">
                <span role="status">{count(selected.length)} selected of {count(selectable.length)} available</span>
                {checking > 0 ? ` · checking ${count(checking)} of ${count(organizations.length)}…` : organizations.length > selectable.length ? ` · ${count(organizations.length - selectable.length)} can't be connected now` : ''}
              </Text>
              {checking > 0 && <Announced part={organizations.length - checking} whole={organizations.length} what="Access checked" />}
              {offered.length > 1 && <Checkbox label="Select all available" data-testid="select-all" checked={all} indeterminate={!all && offered.some((o) => selectedIds.has(o.id))} onChange={() => choose(maybe.map((o) => o.id), !all)} />}
            </Stack>
            {organizations.length >= worthSearching && <TextInput type="search" label="Search organizations" value={q} onChange={(event) => setQ(event.currentTarget.value)} />}
          </Group>
          <div className="panel rows">
            <Table className="cards">
              <Table.Caption className="visually-hidden">Organizations{isApp ? ' that have the App installed and that this account can see' : ' that this account can see'}</Table.Caption>
              <Table.Thead>
                <Table.Tr><Table.Th scope="col">Organization</Table.Th><Table.Th scope="col">Role</Table.Th><Table.Th scope="col">Services</Table.Th><Table.Th scope="col">State</Table.Th></Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {shown.map((o) => <OrganizationRow key={o.id} organization={o} selected={selectedIds.has(o.id)} onSelect={(on) => choose([o.id], on)} grantURL={method?.grant_url} />)}
              </Table.Tbody>
            </Table>
            {shown.length === 0 && <Text size="sm" p="sm">No organization matches.</Text>}
          </div>
        </>
      )}
      <CheckAgain wizard={wizard} />
      <NoGrantButton organizations={organizations} />
    </Stack>
  )
}

/** Asks GitHub again. What is chosen stays chosen: it is kept by the organizations' ids. */
function CheckAgain({ wizard }: { wizard: Wizard }) {
  const client = useQueryClient()
  const id = wizard.connection?.id ?? ''
  const [told, setTold] = useState('')
  const check = useMutation({
    mutationFn: () => checkAgain(id),
    onMutate: () => setTold(''),
    onSuccess: (after) => {
      setTold(news(wizard.organizations ?? [], after))
      client.setQueryData(connectionOrganizationsQuery(id).queryKey, after)
    },
  })
  return (
    <>
      <Group gap="sm">
        <Button variant="default" size="xs" data-testid="check-again" loading={check.isPending} onClick={() => check.mutate()}>Check again</Button>
        <Text size="sm" role="status">{told}</Text>
      </Group>
      {check.error && <ErrorPanel what="GitHub was not asked again" error={check.error} />}
    </>
  )
}
