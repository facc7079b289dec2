import { Text } from '@mantine/core'
import { Fragment } from 'react'
import type { AuthMethod, Method, Provider } from '../../api/connections'
import { Tag } from '../../parts/Status'
import { CreateAppButton } from '../github-app/CreateAppButton'
import { Card } from './Card'
import { Footer } from './Footer'
import { ServiceAccount } from './ServiceAccount'
import type { Wizard } from './useWizard'
import { WhatWeRead } from './WhatWeRead'
import classes from './wizard.module.css'

const fits: Record<Method, string> = {
  github_app: 'Its own rate limit for each organization, not tied to a person.',
  oauth: 'The quickest way. GitHub grants broad scopes, and each organization has to approve it.',
  personal_access_token: 'No application is needed. Made with a service account on GitHub, and pasted here.',
}
const needs: Record<Method, string> = {
  github_app: 'the App installed on the organization, which an owner does, and an account that can see it.',
  oauth: 'a service account that is a member of the organizations; an owner for webhooks.',
  personal_access_token: 'a classic token with 7 scopes; where single sign-on is on, the token has to be authorized for it.',
}

/** S3: how to connect. The choice is in the address, so that Back comes back to it. */
export function MethodStep({ wizard, provider }: { wizard: Wizard; provider: Provider }) {
  const { method } = wizard
  const usable = method?.enabled ?? false
  const choose = (m: AuthMethod) => {
    if (m.id !== method?.id) wizard.go({ method: m.id, connection: undefined, step: 'method' }, true)
  }
  return (
    <>
      <ServiceAccount advice={provider.advice} />
      <div className={classes.columns}>
        <fieldset className={classes.cards}>
          <legend className={classes.legend}>How do you want to connect?</legend>
          {provider.auth_methods.map((m) => (
            <Fragment key={m.id}>
              <MethodCard method={m} checked={m.id === method?.id} onChoose={() => choose(m)} />
              {m.id === 'github_app' && !m.enabled && <CreateAppButton />}
            </Fragment>
          ))}
        </fieldset>
        <WhatWeRead method={method} />
      </div>
      <Footer back={wizard.back} reason={usable ? undefined : 'Choose a method first.'} onNext={wizard.next} />
    </>
  )
}

export function MethodCard({ method: m, checked, onChoose }: { method: AuthMethod; checked: boolean; onChoose: () => void }) {
  return (
    <Card
      group="method" checked={checked} onChoose={onChoose} reason={m.enabled ? undefined : m.reason} testId={`method-${m.id}`}
      title={<>{m.name} {m.id === 'github_app' && <Tag colour="green">Recommended</Tag>}</>}
    >
      <Text size="sm" component="span" display="block">{fits[m.id]}</Text>
      <Text size="sm" c="dimmed" component="span" display="block">You'll need: {needs[m.id]}</Text>
    </Card>
  )
}
