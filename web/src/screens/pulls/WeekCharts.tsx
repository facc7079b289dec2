import type { PullRequestMetrics } from '../../api/pullRequests'
import classes from './chart.module.css'
import { isPartial } from './period'
import { ofHours, ofShares, ofThings, type ByWeek, type Series } from './series'
import { WeekChart } from './WeekChart'

type Week = PullRequestMetrics['weeks'][number]

export function WeekCharts({ metrics: { weeks, through } }: { metrics: PullRequestMetrics }) {
  const of = (value: (week: Week) => number | null | undefined) => weeks.map((week) => value(week) ?? null)
  const shown = weeks.map(({ starts }) => ({ starts, partial: isPartial(starts, through) }))
  const chart = (kind: Pick<ByWeek, 'words' | 'axis'>, form: ByWeek['form'], ...series: Series[]): ByWeek => ({ ...kind, form, weeks: shown, series })
  return (
    <div className={classes.charts}>
      <WeekChart
        title="Median times"
        chart={chart(ofHours, 'line', { name: 'To merge', mark: 'first', values: of((w) => w.time_to_merge_median_hours) }, { name: 'To first response', mark: 'second', values: of((w) => w.time_to_first_response_median_hours) })}
      />
      <WeekChart title="Merged pull requests" chart={chart(ofThings('pull requests'), 'bar', { name: 'Merged', mark: 'first', values: of((w) => w.merged) })} />
      <WeekChart
        title="Shares of merged ones"
        chart={chart(ofShares, 'line', { name: 'Thoroughly reviewed', mark: 'first', values: of((w) => w.thoroughly_reviewed_percent) }, { name: 'Unreviewed', mark: 'second', values: of((w) => w.unreviewed_percent) })}
      />
    </div>
  )
}
