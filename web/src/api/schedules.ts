import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { api, take } from './client'
import { pollEvery } from './integrations'
import type { components } from './schema'

export type Schedule = components['schemas']['Schedule']
export type ScheduleRequest = components['schemas']['ScheduleRequest']

const path = (id: number) => ({ params: { path: { id } } })

/** When an organization is synced by itself. Temporal is asked for the next times, so it is not refreshed with every announcement. */
export function scheduleQuery(organization: number) {
  return queryOptions({
    queryKey: ['schedule', organization],
    queryFn: ({ signal }) => take(api.GET('/organizations/{id}/schedule', { signal, ...path(organization) })),
    refetchInterval: 3 * pollEvery,
  })
}

const intents = {
  pause: (id: number) => take(api.POST('/organizations/{id}/schedule/pause', path(id))),
  resume: (id: number) => take(api.POST('/organizations/{id}/schedule/resume', path(id))),
  trigger: (id: number) => take(api.POST('/organizations/{id}/schedule/trigger', path(id))),
  reset: (id: number) => take(api.DELETE('/organizations/{id}/schedule', path(id))),
}

type ScheduleIntent = keyof typeof intents

/** Changes a schedule; the answer has its next times. */
export function useSchedule(organization: number) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (wanted: ScheduleIntent | ScheduleRequest) =>
      typeof wanted === 'string' ? intents[wanted](organization) : take(api.PUT('/organizations/{id}/schedule', { ...path(organization), body: wanted })),
    onSuccess: (schedule) => client.setQueryData(scheduleQuery(organization).queryKey, schedule),
  })
}
