import { useMutation } from '@tanstack/react-query'
import { startSyncs, useRefresh, type Integration } from '../../api/integrations'
import { oneLine } from '../../api/problem'
import { useReadOnlyReason } from '../../api/session'
import { plural } from '../../format/count'
import { ReasonedButton } from '../../parts/ReasonedButton'
import { alarm, toast } from '../../parts/toast'

/** Starts a sync of every active integration that is listed; one that refuses does not hold up the others. */
export function UpdateAll({ rows }: { rows: Integration[] }) {
  const readOnly = useReadOnlyReason()
  const refresh = useRefresh()
  const active = rows.filter((i) => i.lifecycle === 'active')
  const update = useMutation({
    mutationFn: () => Promise.allSettled(active.map((i) => startSyncs(i.id))),
    onSuccess: async (outcomes) => {
      const failures = outcomes.filter((o) => o.status === 'rejected')
      if (outcomes.length > failures.length) toast(`Sync started for ${plural(outcomes.length - failures.length, 'integration')}`)
      if (failures[0]) alarm(`${plural(failures.length, 'sync')} could not be started. ${oneLine(failures[0].reason)}`)
      await refresh()
    },
  })
  return <ReasonedButton variant="default" reason={readOnly ?? (active.length === 0 ? 'No integration that is listed is active.' : undefined)} loading={update.isPending} onClick={() => update.mutate()}>Update all repos</ReasonedButton>
}
