import { Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import type { Integration } from '../../api/integrations'
import { collectedQuery } from '../../api/services'
import { useReadOnlyReason } from '../../api/session'
import { plural } from '../../format/count'
import { DeleteIntegration } from '../../parts/DeleteIntegration'
import { Panel } from '../../parts/Panel'
import { ReasonedButton } from '../../parts/ReasonedButton'

/** Once it is deleting, the page shows how far that is. */
export function DangerZone({ integration: i }: { integration: Integration }) {
  const [deleting, { open, close }] = useDisclosure(false)
  const { data: collected } = useQuery(collectedQuery(i.id))
  const readOnly = useReadOnlyReason()
  return (
    <Panel title="Danger zone">
      <Text size="sm" mb="sm">
        Deleting takes away all that is stored for it{collected && <> – {plural(collected.rows, 'row')} of {plural(collected.repositories, 'repo')} –</>} for everybody who uses it. It cannot be undone.
      </Text>
      <ReasonedButton color="red" variant="outline" reason={readOnly} onClick={open} data-testid="delete-integration">Delete integration…</ReasonedButton>
      <DeleteIntegration integration={i} opened={deleting} onClose={close} onDeleted={close} />
    </Panel>
  )
}
