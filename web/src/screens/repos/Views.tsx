import { Button, Group } from '@mantine/core'
import type { RepositoryPage } from '../../api/repositories'
import { count } from '../../format/count'
import { selections } from './filter'
import { views, type View } from './search'

const words: Record<View, string> = { available: 'Available', imported: 'Imported', ignored: 'Ignored', excluded: 'Excluded' }

export function Views({ view, counts, onView }: { view: View; counts: RepositoryPage['selections'] | undefined; onView: (view: View) => void }) {
  return (
    <Group gap={4} role="group" aria-label="View">
      {views.map((v) => (
        <Button key={v} size="xs" variant={v === view ? 'filled' : 'default'} aria-pressed={v === view} onClick={() => onView(v)}>
          {words[v]}{counts && <span className="numbers">&nbsp;{count(counts[selections[v]])}</span>}
        </Button>
      ))}
    </Group>
  )
}
