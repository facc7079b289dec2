import { List, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { rulesPreviewQuery, type ExclusionRule } from '../../api/groups'
import { count, plural } from '../../format/count'
import { ErrorLine } from '../../parts/ErrorLine'

const shown = 10

/** What the rules that are being written would change. */
export function RulesPreview({ id, rules }: { id: string; rules: ExclusionRule[] }) {
  const { data, error, isFetching } = useQuery(rulesPreviewQuery(id, rules))
  if (error) return <ErrorLine error={error} />
  if (!data) return <Text size="sm" c="dimmed">Looking what they would exclude…</Text>
  const { effect, examples } = data
  const more = Math.max(0, examples.length - shown)
  return (
    <Stack gap={4} className="panel" p="sm" role="status" aria-busy={isFetching} data-testid="preview">
      <Text size="sm" fw={600} className="numbers">These rules would exclude {count(effect.matched)} of {count(data.repositories)}</Text>
      {effect.stopped > 0 && <Text size="sm">{plural(effect.stopped, 'repo')} of these {effect.stopped === 1 ? 'is' : 'are'} imported: nothing more is read of {effect.stopped === 1 ? 'it' : 'them'}.</Text>}
      {effect.returned > 0 && <Text size="sm">{plural(effect.returned, 'repo')} would come back, {count(effect.resumed)} of them imported.</Text>}
      {examples.length > 0 && (
        <List size="xs" spacing={2}>
          {examples.slice(0, shown).map((e) => <List.Item key={e.id}>{e.full_name} {e.to === 'excluded_by_rule' ? 'would be excluded' : 'would come back'}</List.Item>)}
          {more > 0 && <List.Item>{more === 40 ? 'and more' : `and ${more} more`}</List.Item>}
        </List>
      )}
    </Stack>
  )
}
