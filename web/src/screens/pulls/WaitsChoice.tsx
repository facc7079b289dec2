import { Button, Group } from '@mantine/core'
import { waits, type Waits } from './search'
import { waitLooks } from './waits'

interface Props { chosen: Waits | undefined; onChoose: (waits: Waits | undefined) => void }

/** Which of them are shown, by whom they wait for. */
export function WaitsChoice({ chosen, onChoose }: Props) {
  const all = [undefined, ...waits]
  return (
    <Group gap={4} role="group" aria-label="Waits for">
      {all.map((w) => <Button key={w ?? 'all'} size="xs" variant={w === chosen ? 'filled' : 'default'} aria-pressed={w === chosen} onClick={() => onChoose(w)}>{w ? waitLooks[w].word : 'All'}</Button>)}
    </Group>
  )
}
