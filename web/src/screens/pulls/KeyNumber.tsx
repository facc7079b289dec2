import { Group, Text } from '@mantine/core'
import { TextLink } from '../../parts/links'
import { Help } from './Help'
import classes from './pulls.module.css'
import type { Behind } from './search'

interface Props {
  name: string
  value: string
  /** What the link leads to: "the 12 merged pull requests". */
  behind: string
  of: Behind
  help: string
  children: React.ReactNode
}

/** A number, what it is, and the way to the pull requests behind it. */
export function KeyNumber({ name, value, behind, of, help, children }: Props) {
  return (
    <li className={classes.number} data-testid="key-number">
      <Group gap={4} wrap="nowrap"><Text size="sm" c="dimmed" component="h3" fw={500} m={0} fz="sm" lh={1.55}>{name}</Text><Help name={name}>{help}</Help></Group>
      <TextLink className={`${classes.value} numbers`} to="/reports/pull-requests" search={(before) => ({ ...before, of })} resetScroll={false} replace>{value}<span className="visually-hidden"> {name}: show {behind}</span></TextLink>
      <Text size="sm" c="dimmed" className="numbers" component="div">{children}</Text>
    </li>
  )
}
