import { Text } from '@mantine/core'
import type { Connection } from '../../api/connections'
import classes from './wizard.module.css'

/** The message that the documentation tells people to expect, and advice where the account looks like a person's. */
export function Connected({ connection }: { connection: Connection }) {
  return (
    <div>
      <div className={classes.success}>
        <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true"><path d="M3 8.5l3.5 3.5L13 5" fill="none" stroke="currentColor" strokeWidth="2" /></svg>
        <span role="status" data-testid="connection-success">{connection.message}</span>
      </div>
      {connection.account_hint === 'looks_personal' && (
        <Text size="sm" mt={4}><strong>{connection.login}</strong> looks like a person's account: it has repositories or followers of its own. A service account would be better. You can go on all the same.</Text>
      )}
    </div>
  )
}
