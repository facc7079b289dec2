import { Radio, Stack, Switch, Text } from '@mantine/core'
import type { AuthMethod } from '../../api/connections'
import { backfills, backfillWords, type Backfill } from '../../format/backfill'
import { list } from '../../format/count'
import { serviceWords } from '../../format/status'
import type { Services } from './choices'
import { Footer } from './Footer'
import type { Wizard } from './useWizard'
import classes from './wizard.module.css'

type Service = keyof Services
const services: Service[] = ['repos', 'pull_requests', 'tickets']
const brings: Record<Service, string> = {
  repos: 'Commits of every branch that is read.',
  pull_requests: 'Pull requests with their reviews and comments.',
  tickets: 'Issues with their comments. Tickets appear only in Work log.',
}

/** What a service reads with. The App's permissions are by service; scopes are not. */
function needs(method: AuthMethod | undefined, service: Service): string {
  const permissions = (method?.permissions ?? []).filter((p) => p.services.includes(service)).map((p) => p.name)
  return permissions.length > 0 ? `the App's permissions to read ${list(permissions)}` : 'the scope repo for private repositories'
}

/** S4a.3, S4b and S4c: what is ingested, from when on, and of which repositories. */
export function ServicesStep({ wizard }: { wizard: Wizard }) {
  const { choices, change, selected } = wizard
  const isApp = wizard.search.method === 'github_app'
  const without = (service: Service) => selected.filter((o) => !o.services[service].available)
  const none = !services.some((s) => choices.services[s])
  return (
    <>
      <fieldset className={classes.cards}>
        <legend className={classes.legend}>Services</legend>
        {services.map((s) => (
          <div key={s} className="panel" style={{ padding: '12px 16px' }}>
            <Switch
              checked={choices.services[s]} label={<Text fw={600} component="span">{serviceWords[s]}</Text>} data-testid={`service-${s}`}
              onChange={(event) => change({ services: { ...choices.services, [s]: event.currentTarget.checked } })}
              description={<Text size="sm" component="span" c="dimmed">{brings[s]} Needs {needs(wizard.method, s)}.{without(s).length > 0 && <strong> Not available for {list(without(s).map((o) => o.login))}.</strong>}</Text>}
            />
          </div>
        ))}
      </fieldset>
      <Text size="sm" c="dimmed">{isApp ? 'Webhooks come with the App: they are delivered by it.' : 'Webhooks can be turned on after a repo is imported.'} Services can be switched on and off at any time.</Text>
      <Radio.Group
        label="Backfill" description="How far back is read at first. It can be extended later." value={choices.backfill} data-testid="backfill"
        onChange={(value) => change({ backfill: backfills.find((b) => b === value) ?? '90d' })}
      >
        <Stack gap={6} mt="xs">{backfills.map((b: Backfill) => <Radio key={b} value={b} label={backfillWords[b]} />)}</Stack>
      </Radio.Group>
      <Radio.Group label="Repos" description="Which are imported." value={choices.repositories} data-testid="repositories" onChange={(value) => change({ repositories: value === 'all' ? 'all' : 'later' })}>
        <Stack gap={6} mt="xs">
          <Radio value="all" label="All, and new ones automatically" />
          <Radio value="later" label="I'll choose later" description="They are listed, you see what importing all or the active ones takes, and import them in the Repos tab." />
        </Stack>
      </Radio.Group>
      <Footer back={wizard.back} onNext={wizard.next} reason={none ? 'Switch at least one service on.' : undefined} />
    </>
  )
}
