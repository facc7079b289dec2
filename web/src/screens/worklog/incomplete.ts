import type { WorkLog, WorkLogGroup } from '../../api/worklog'

/** Whether something of a day may be missing, for one repository or, where none is named, for any. Nothing is missing of a day to come. */
export function mayLack(log: WorkLog, day: WorkLog['days'][number], group?: Pick<WorkLogGroup, 'repository_id'>, now = Date.now()): boolean {
  return Date.parse(day.starts_at) <= now && log.incomplete.some(({ repository_id, complete_through }) =>
    (group?.repository_id == null || group.repository_id === repository_id) && (!complete_through || Date.parse(complete_through) < Date.parse(day.ends_at)))
}
