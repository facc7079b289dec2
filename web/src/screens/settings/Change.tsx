import { Text } from '@mantine/core'
import type { AccessChange } from '../../api/credentials'
import type { Cause } from '../../api/problem'
import { CauseText } from '../../parts/CauseText'
import { ExternalLink } from '../../parts/links'
import wizard from '../wizard/wizard.module.css'
import { lossText, whatOf } from './changes'

const atOnce = 5 // repositories that are named without being asked for

/** One organization, what of it changes, and why. */
export function Change({ change, cause }: { change: AccessChange; cause: Cause | undefined }) {
  const repositories = change.repositories ?? []
  const names = <ul className="plain-list">{repositories.map((r) => <li key={r.id}>{lossText(r)}</li>)}</ul>
  return (
    <li>
      <Text size="sm"><strong>{change.organization}</strong>: {whatOf(change)}</Text>
      {repositories.length > 0 && (
        <Text size="sm" component="div" pl="md">
          {repositories.length <= atOnce ? names : <details className={wizard.more}><summary>Which repos</summary>{names}</details>}
        </Text>
      )}
      {cause ? <CauseText cause={cause} /> : change.code && (
        <Text size="sm">
          <code>{change.code}</code>{' '}
          {change.remedy_url && <ExternalLink href={change.remedy_url}>Mend it on GitHub</ExternalLink>}
        </Text>
      )}
    </li>
  )
}
