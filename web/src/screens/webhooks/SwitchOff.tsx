import { List, Text } from '@mantine/core'
import type { Webhooks } from '../../api/webhooks'
import { ConfirmDialog } from '../../parts/ConfirmDialog'
import { hookName } from './words'

interface Props { of: Webhooks; app: boolean; pace: string | undefined; opened: boolean; onClose: () => void; onConfirm: () => void }

const named = 3

/** Says which hooks go, and how data is refreshed without them. */
export function SwitchOff({ of, app, pace, ...dialog }: Props) {
  const more = of.hooks_total - named
  return (
    <ConfirmDialog {...dialog} title={`Switch the webhooks of ${of.organization} off?`} confirm="Switch off">
      <Text fw={600}>Stops new deliveries. Existing data is kept</Text>
      <List size="sm" spacing={4}>
        {app
          ? <List.Item>The GitHub App's webhook stays at GitHub, for other organizations. What it delivers for this one is ignored.</List.Item>
          : of.hooks.slice(0, named).map((h) => <List.Item key={h.url}>Deleted at GitHub: {hookName(h, of.organization)}.</List.Item>)}
        {!app && more > 0 && <List.Item>Deleted at GitHub as well: {more} more.</List.Item>}
        {!app && <List.Item>What GitHub does not let us delete is named afterwards, with who can.</List.Item>}
        {pace && <List.Item>{pace}</List.Item>}
      </List>
    </ConfirmDialog>
  )
}
