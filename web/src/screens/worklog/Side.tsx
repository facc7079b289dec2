import { Checkbox, Radio, Stack, Switch, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { integrationsQuery } from '../../api/integrations'
import { TextLink } from '../../parts/links'
import { kinds, kindWords, type Kind } from './kinds'
import { Mark } from './Marks'
import { readKinds, writeKinds, type WorkLogSearch } from './search'
import classes from './worklog.module.css'

interface Props { search: WorkLogSearch; tickets: boolean; change: (next: WorkLogSearch) => void }

/** What is shown of each day, which says what the marks mean, and in which order. */
export function Side({ search, tickets, change }: Props) {
  const chosen = readKinds(search.kinds)
  const toggle = (kind: Kind) => change({ kinds: writeKinds(kinds.filter((k) => (k === kind) !== chosen.includes(k))) })
  const order = `${search.sort ?? 'name'} ${search.order ?? (search.sort === 'activity' ? 'desc' : 'asc')}`
  const sort = (next: string) => {
    const [by, direction] = next.split(' ')
    const usual = by === 'activity' ? 'desc' : 'asc'
    change({ sort: by === 'activity' ? 'activity' : undefined, order: direction === usual ? undefined : direction === 'asc' ? 'asc' : 'desc' })
  }
  return (
    <div className={`panel ${classes.side}`} data-testid="side">
      <fieldset className={classes.choices}>
        <legend>Activity</legend>
        {kinds.map((kind) => (kind === 'ticket' && !tickets
          ? <TicketsOff key={kind} integration={search.integration} />
          : <Checkbox key={kind} size="xs" checked={chosen.includes(kind)} disabled={chosen.length === 1 && chosen.includes(kind)} onChange={() => toggle(kind)} label={<span className={classes.legend} title={kindWords[kind].counts}><Mark kind={kind} /> {kindWords[kind].name}</span>} />
        ))}
      </fieldset>
      <Radio.Group label="Group by" size="xs" value={search.group ?? 'person'} onChange={(group) => change({ group: group === 'repository' ? group : undefined })}>
        <Stack gap={6} mt={6}><Radio size="xs" value="person" label="Person" /><Radio size="xs" value="repository" label="Repository" /></Stack>
      </Radio.Group>
      <Radio.Group label="Sort by" size="xs" value={order} onChange={sort}>
        <Stack gap={6} mt={6}>
          <Radio size="xs" value="name asc" label="Name, A to Z" /><Radio size="xs" value="name desc" label="Name, Z to A" />
          <Radio size="xs" value="activity desc" label="Most activity first" /><Radio size="xs" value="activity asc" label="Least activity first" />
        </Stack>
      </Radio.Group>
      <Stack gap="sm">
        <Switch size="xs" label="Weekends" checked={search.weekends ?? true} onChange={(event) => change({ weekends: event.currentTarget.checked ? undefined : false })} />
        <details className={classes.counts}>
          <summary>What counts</summary>
          <dl>{kinds.filter((kind) => kind !== 'ticket' || tickets).map((kind) => <div key={kind}><dt><Mark kind={kind} /> {kindWords[kind].name}</dt><dd>{kindWords[kind].counts}</dd></div>)}</dl>
        </details>
      </Stack>
    </div>
  )
}

function TicketsOff({ integration }: { integration: string | undefined }) {
  const { data } = useInfiniteQuery(integrationsQuery({}))
  const all = data?.pages.flatMap((page) => page.items) ?? []
  const id = integration ?? (all.length === 1 ? all[0]?.id : undefined)
  return (
    <Text size="xs" data-testid="tickets-off">
      <Mark kind="ticket" /> Tickets (off) – {id ? <TextLink inherit underline="always" to="/settings/integrations/$id/services" params={{ id }}>turn on in Services</TextLink> : <TextLink inherit underline="always" to="/settings/integrations">turn on in Services</TextLink>}
    </Text>
  )
}
