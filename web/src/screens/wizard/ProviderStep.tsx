import { Text } from '@mantine/core'
import type { Provider } from '../../api/connections'
import { Card } from './Card'
import { Footer } from './Footer'
import { provider as gitHub } from './steps'
import type { Wizard } from './useWizard'
import classes from './wizard.module.css'

/** S2. With so few providers there is nothing to search in. */
export function ProviderStep({ wizard, providers }: { wizard: Wizard; providers: Provider[] }) {
  const chosen = wizard.search.provider
  return (
    <>
      <fieldset className={classes.cards}>
        <legend className={classes.legend}>Integration Provider</legend>
        {providers.map((p) => (
          <Card key={p.id} group="provider" title={p.name} checked={p.id === chosen} onChoose={() => wizard.go({ provider: gitHub, step: 'provider' }, true)} testId={`provider-${p.id}`}>
            <Text size="sm" c="dimmed" component="span">Commits, pull requests, reviews, comments and issues of organizations on github.com.</Text>
          </Card>
        ))}
      </fieldset>
      <Footer back={undefined} reason={chosen ? undefined : 'Choose a provider first.'} onNext={() => wizard.go({ step: 'method' })} />
    </>
  )
}
