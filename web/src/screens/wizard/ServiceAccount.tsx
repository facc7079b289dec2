import { Text } from '@mantine/core'
import classes from './wizard.module.css'

/** L4, on the first step of every method. */
export function ServiceAccount({ advice }: { advice: string }) {
  return <div className={classes.note} data-testid="service-account"><Text size="sm"><strong>Use a service account.</strong> {advice}</Text></div>
}
