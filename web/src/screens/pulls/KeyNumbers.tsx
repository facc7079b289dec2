import { useId } from 'react'
import type { PullRequestMetrics } from '../../api/pullRequests'
import { count, plural } from '../../format/count'
import { hours, share } from '../../format/hours'
import { TextLink } from '../../parts/links'
import { definitions } from './definitions'
import { KeyNumber } from './KeyNumber'
import classes from './pulls.module.css'
import type { Behind } from './search'

type Times = PullRequestMetrics['time_to_merge']
type Share = PullRequestMetrics['unreviewed']

export function KeyNumbers({ metrics: m }: { metrics: PullRequestMetrics }) {
  const id = useId()
  const merged = `the ${plural(m.merged, 'merged pull request')}`
  return (
    <section className={classes.frame} aria-labelledby={id}>
      <h2 id={id} className="visually-hidden">Key numbers</h2>
      <ul className={classes.numbers}>
        <KeyNumber name="Merged" value={count(m.merged)} of="merged" behind={merged} help={definitions.merged}>
          <More of="opened">{count(m.opened)} opened</More> · <More of="closed">{count(m.closed)} closed unmerged</More>
        </KeyNumber>
        <KeyNumber name="Time to merge" value={hours(m.time_to_merge.median_hours)} of="merged" behind={merged} help={definitions.timeToMerge}><Spread times={m.time_to_merge} /></KeyNumber>
        <KeyNumber name="Time to first response" value={hours(m.time_to_first_response.median_hours)} of="responded" behind="the pull requests with a response" help={definitions.firstResponse}><Spread times={m.time_to_first_response} /></KeyNumber>
        <KeyNumber name="Iteration time" value={hours(m.iteration_time.median_hours)} of="merged" behind={merged} help={definitions.iterationTime}><Spread times={m.iteration_time} /></KeyNumber>
        <KeyNumber name="Unreviewed" value={share(m.unreviewed.percent)} of="unreviewed" behind="the unreviewed pull requests" help={definitions.unreviewed}><Part share={m.unreviewed} /></KeyNumber>
        <KeyNumber name="Thoroughly reviewed" value={share(m.thoroughly_reviewed.percent)} of="thoroughly_reviewed" behind="the thoroughly reviewed pull requests" help={definitions.thoroughlyReviewed}><Part share={m.thoroughly_reviewed} /></KeyNumber>
        <KeyNumber name="Iterated" value={share(m.iterated.percent)} of="iterated" behind="the iterated pull requests" help={definitions.iterated}><Part share={m.iterated} /></KeyNumber>
        <KeyNumber name="Size" value={lines(m.size.median)} of="merged" behind={merged} help={definitions.size}><Percentiles n={m.size.count} p75={lines(m.size.p75)} p90={lines(m.size.p90)} /></KeyNumber>
      </ul>
    </section>
  )
}

const lines = (n: number | null | undefined) => (n === null || n === undefined ? '–' : plural(n, 'line'))

function Spread({ times: t }: { times: Times }) {
  return <Percentiles n={t.count} p75={hours(t.p75_hours)} p90={hours(t.p90_hours)} />
}

function Percentiles({ n, p75, p90 }: { n: number; p75: string; p90: string }) {
  return <>median of {count(n)}<br /><span className={classes.whole}>p75 {p75}</span> · <span className={classes.whole}>p90 {p90}</span></>
}

function Part({ share: s }: { share: Share }) {
  return <>{count(s.count)} of {count(s.of)} merged</>
}

function More({ of, children }: { of: Behind; children: React.ReactNode }) {
  return <TextLink inherit c="dimmed" underline="always" to="/reports/pull-requests" search={(before) => ({ ...before, of })} resetScroll={false} replace>{children}</TextLink>
}
