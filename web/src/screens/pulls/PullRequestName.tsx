import { Text } from '@mantine/core'
import { ExternalLink } from '../../parts/links'
import classes from './pulls.module.css'

interface Props { pull: { html_url: string; title: string; repository: string; number: number } }

/** Which it is, as a link to GitHub. */
export function PullRequestName({ pull: p }: Props) {
  return <><ExternalLink className={classes.title} href={p.html_url}>{p.title}</ExternalLink><Text size="xs" c="dimmed">{p.repository} #{p.number}</Text></>
}
