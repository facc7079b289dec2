import { Group, Stack, Text } from '@mantine/core'
import { plural } from '../../format/count'
import { Empty } from '../../parts/Empty'
import { LinkButton } from '../../parts/links'
import { useNow } from '../../parts/useNow'
import { filterOf } from '../repos/filter'
import { ImportEstimate } from '../repos/ImportEstimate'

const repos = '/settings/integrations/$id/repos'
const active = { pushed: 'quarter' } as const

/** Repos are known and none is read: what to choose from, and what that takes. */
export function NoneImported({ id, found }: { id: string; found: number }) {
  const now = useNow()
  const { sort: _, ...recent } = filterOf(active, 'available', now)
  return (
    <Empty
      title={`${plural(found, 'repo')} found, none imported`}
      action={
        <Group gap="xs">
          <LinkButton to={repos} params={{ id }} search={{ view: 'available' }} data-testid="import-repos">Import repos</LinkButton>
          <LinkButton variant="default" to={repos} params={{ id }} search={{ view: 'available', ...active }}>Choose active repos</LinkButton>
        </Group>
      }
    >
      <Text>Nothing is read until you choose what to import.</Text>
      {found > 0 && (
        <Stack gap={4}>
          <Text size="sm" fw={600}>All of them</Text>
          <ImportEstimate id={id} filter={{ selection: ['available'] }} />
          <Text size="sm" fw={600}>Active repos (pushed in 90 days)</Text>
          <ImportEstimate id={id} filter={recent} />
        </Stack>
      )}
    </Empty>
  )
}
