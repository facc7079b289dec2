import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { api, take } from './client'
import { providersQuery } from './connections'
import type { components } from './schema'

export type GitHubApp = components['schemas']['GitHubAppView']
type GitHubAppRequest = components['schemas']['GitHubAppRequest']
type Started = components['schemas']['GitHubAppStart']

/** How often it is looked for while there is none: one that was just registered may still be taken over. */
const soon = 5_000

export const githubAppQuery = queryOptions({
  queryKey: ['github-app'],
  queryFn: ({ signal }) => take(api.GET('/github-app', { signal })),
  refetchInterval: (query) => (query.state.data?.configured ? false : soon),
})

export const startGitHubApp = (body: GitHubAppRequest) => take(api.POST('/github-app/manifest', { body }))

/** Posts GitHub's form: the browser leaves for GitHub's page for new Apps. */
export function postManifest({ post_url, manifest }: Started) {
  const form = document.createElement('form')
  form.method = 'post'
  form.action = post_url
  const field = document.createElement('input')
  field.type = 'hidden'
  field.name = 'manifest'
  field.value = JSON.stringify(manifest)
  form.append(field)
  document.body.append(form)
  form.submit()
}

/** Whether there is an App decides what the wizard offers. */
export function useRefreshGitHubApp() {
  const client = useQueryClient()
  return async () => {
    await Promise.all([client.invalidateQueries({ queryKey: githubAppQuery.queryKey }), client.invalidateQueries({ queryKey: providersQuery.queryKey })])
  }
}

export function useForgetGitHubApp() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => take(api.DELETE('/github-app')),
    onSuccess: async () => {
      // Asked at once, the API still believes in it for some seconds.
      client.setQueryData(githubAppQuery.queryKey, { configured: false })
      await client.invalidateQueries({ queryKey: providersQuery.queryKey, refetchType: 'none' })
    },
  })
}
