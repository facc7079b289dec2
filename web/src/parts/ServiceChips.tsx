import { Group } from '@mantine/core'

const words = { repos: 'Repos', pull_requests: 'PRs', tickets: 'Tickets', webhooks: 'Webhooks' } as const

/** Which services are on: filled and ticked; those that are off are outlined and say so. */
export function ServiceChips({ services }: { services: Record<keyof typeof words, boolean> }) {
  return (
    <Group gap={4} maw={260}>
      {(Object.keys(words) as (keyof typeof words)[]).map((name) => (
        <span key={name} className="service" data-on={services[name] || undefined}>
          <span aria-hidden="true">{services[name] ? '✓' : '–'}</span> {words[name]}<span className="visually-hidden"> {services[name] ? 'on' : 'off'}</span>
        </span>
      ))}
    </Group>
  )
}
