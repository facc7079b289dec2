import { Fragment } from 'react'
import type { Schedule } from '../../api/schedules'
import { Time } from '../../parts/Time'

/** The next times, or why there are none. */
export function NextRuns({ schedule: { next_runs: runs, paused, paused_by_integration: withIntegration } }: { schedule: Schedule }) {
  if (withIntegration) return <>none, while the integration is paused</>
  if (paused) return <>none, while the schedule is paused. Syncs can be started by hand.</>
  if (runs.length === 0) return <>not known yet</>
  return runs.map((at, i) => <Fragment key={at}>{i > 0 && ', '}<Time at={at} form="clock" /></Fragment>)
}
