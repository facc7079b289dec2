import { hueOf, initials } from '../format/initials'
import classes from './Initials.module.css'

/** Stands for an organization's picture: nothing is fetched from GitHub. The login is beside it. */
export function Initials({ of }: { of: string }) {
  // One lightness for all hues: white has more than 5 to 1 on each.
  return <span className={classes.square} style={{ background: `oklch(48% 0.09 ${hueOf(of)})` }} aria-hidden="true">{initials(of)}</span>
}
