import { Stack, TextInput, Title } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { dryRunQuery } from '../../api/connections'
import { ApiError } from '../../api/problem'
import { methodWords } from '../../format/status'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { toast } from '../../parts/toast'
import { nameError } from '../../format/name'
import { noChoices, requestOf, suggestedName } from './choices'
import { Footer } from './Footer'
import { Summary } from './Summary'
import { useCreate } from './useCreate'
import type { Wizard } from './useWizard'

/** The last step of S4b and S4c. Whether the name is free is asked while it is typed. */
export function NameStep({ wizard }: { wizard: Wizard }) {
  const { connection, choices, change, selected, organizations } = wizard
  const navigate = useNavigate()
  const create = useCreate(wizard)
  const name = choices.name ?? (connection ? suggestedName(connection) : '')
  const request = connection ? requestOf(choices, connection, organizations ?? [], new Date()) : undefined
  const [asked] = useDebouncedValue(request, 350)
  const wrong = nameError(name)
  const dryRun = useQuery(dryRunQuery(asked ?? { connection_id: '', organizations: [] }, Boolean(asked?.name) && !wrong && !create.isPending && !create.isSuccess))
  const settled = asked?.name === request?.name
  const refusal = settled && dryRun.error instanceof ApiError ? dryRun.error : undefined
  const taken = refusal?.code === 'name_taken'
  const submit = () => {
    if (!request || wrong || create.isPending || create.isSuccess) return
    create.mutate(request, {
      onSuccess: ({ items }) => {
        const first = items[0]
        if (!first) return
        toast(`Created ${first.name}`)
        change({ ...noChoices })
        void navigate({ to: '/settings/integrations/$id', params: { id: first.id } })
      },
    })
  }
  return (
    <form onSubmit={(event) => { event.preventDefault(); if (!taken) submit() }}>
      <Stack gap="md">
        <TextInput
          label="Name" description="Shown in lists, so that the account is recognized." data-testid="integration-name" maw="32rem" required value={name} autoComplete="off" spellCheck={false}
          onChange={(event) => { create.reset(); change({ name: event.currentTarget.value }) }}
          error={wrong ?? (taken ? 'Another integration has this name. Choose another one.' : undefined)}
        />
        <Title order={2}>Review</Title>
        {wizard.search.method && <Summary choices={choices} organizations={selected.map((o) => o.login)} method={`${methodWords[wizard.search.method]} via ${connection?.login ?? ''}`} />}
        {create.error ? <ErrorPanel what="It was not created" error={create.error} retry={submit} /> : refusal && !taken && <ErrorPanel what="It can't be created like this" error={refusal} retry={() => void dryRun.refetch()} />}
        <Footer
          back={wizard.back} label="Create" testId="create" loading={create.isPending} onNext={submit}
          reason={wrong ?? (taken ? 'Choose another name.' : refusal && !create.error ? refusal.title : undefined)}
        />
      </Stack>
    </form>
  )
}
