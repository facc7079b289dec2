import { Anchor, Stack, Text, Title } from '@mantine/core'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { ApiError } from '../../api/problem'
import { Empty } from '../../parts/Empty'
import { ErrorPanel } from '../../parts/ErrorPanel'
import { Loading } from '../../parts/Loading'
import { Page } from '../../parts/Page'
import { SearchField } from '../../parts/SearchField'
import { groupsOf, type Document } from './document'
import { OperationDetails } from './OperationDetails'

const address = '/api/openapi.json'

const documentQuery = queryOptions({
  queryKey: ['openapi'],
  queryFn: async ({ signal }) => {
    const answer = await fetch(address, { signal })
    if (!answer.ok) throw new ApiError(answer.status, undefined)
    return (await answer.json()) as Document
  },
  staleTime: Infinity,
})

/** The API's document, to read. */
export function Reference() {
  const { q } = useSearch({ from: '/settings/api-reference' })
  const navigate = useNavigate({ from: '/settings/api-reference' })
  const { data, error, isPending, refetch } = useQuery(documentQuery)
  const search = useCallback((q: string | undefined) => void navigate({ search: { q }, replace: true }), [navigate])
  const groups = data ? groupsOf(data, q ?? '') : []
  return (
    <Page title={['API reference']} heading="API reference">
      {isPending && <Loading rows={6} />}
      {error && <ErrorPanel what="The API's document could not be read" error={error} retry={() => void refetch()} />}
      {data && (
        <Stack gap="lg">
          <div>
            {data.info.description.split('\n\n').map((paragraph) => <Text size="sm" mb="xs" key={paragraph}>{paragraph}</Text>)}
            <Text size="sm">Paths begin with <code>{window.location.origin}{data.servers[0]?.url}</code>. Programs send <code>Authorization: Bearer TOKEN</code>. The same as <Anchor inherit underline="always" href={address}>OpenAPI 3.1</Anchor>.</Text>
          </div>
          <SearchField label="Search" placeholder="syncs, or PUT schedule" value={q} onSearch={search} style={{ maxWidth: '24rem' }} />
          {groups.length === 0 && <Empty title="No operation matches">All words have to be in its method, path or summary.</Empty>}
          {groups.map((group) => (
            <section key={group.name} aria-label={group.name}>
              <Title order={2} tt="capitalize">{group.name}</Title>
              <Text size="sm" c="dimmed" mb="xs">{group.description}</Text>
              <Stack gap={6}>{group.operations.map((operation) => <OperationDetails key={operation.operationId} document={data} operation={operation} />)}</Stack>
            </section>
          ))}
        </Stack>
      )}
    </Page>
  )
}
