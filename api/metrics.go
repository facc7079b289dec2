package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
)

// longestPeriod bounds a report, in days: ten years.
const longestPeriod = 3660

type metricsIn struct{ PeriodQuery }

type pullRequestItemsIn struct {
	PeriodQuery
	Of string `query:"of" enum:"opened,merged,closed,unreviewed,thoroughly_reviewed,iterated,responded" default:"merged" doc:"Which number of the report the pull requests are behind. responded are those opened in the period that have a first response." example:"merged"`
	FileQuery
}

type openPullRequestsIn struct {
	ReportQuery
	WaitsFor string `query:"waits_for" enum:"review,author,merge,ready" doc:"Only those that wait for this."`
	Bots     bool   `query:"bots" doc:"Those that bots opened, too." example:"false"`
	FileQuery
}

func (s *server) registerMetrics() {
	door.Register(s.door, huma.Operation{
		OperationID: "get-pull-request-metrics", Method: http.MethodGet, Path: "/metrics/pull-requests", Tags: []string{"reports"},
		Summary:     "See how pull requests went",
		Description: "How long they took, and how they were reviewed, in a period. With person: those that this person opened. Bots' pull requests are left out of all but bots.",
	}, nil, s.getPullRequestMetrics)
	registerRows(s, huma.Operation{
		OperationID: "list-pull-request-metrics-items", Method: http.MethodGet, Path: "/metrics/pull-requests/items", Tags: []string{"reports"},
		Summary:     "List the pull requests behind a number",
		Description: "By the time that the number goes by, newest first. Those of bots are left out, as they are of the number. incomplete of the report says how far they reach.",
	}, "pull-requests", s.pullRequestItems, viewPullRequestItem)
	registerRows(s, huma.Operation{
		OperationID: "list-open-pull-requests", Method: http.MethodGet, Path: "/metrics/pull-requests/open", Tags: []string{"reports"},
		Summary:     "List open pull requests and what they wait for",
		Description: "The oldest first, without those of archived repositories. They are as new as the copy: incomplete of the pull-request report up to today names the repositories that are behind. The first page has their total, unless waits_for narrows them.",
	}, "open-pull-requests", s.openPullRequests, func(r store.OpenPullRequest) OpenPullRequest { return viewOpenPullRequest(r, s.Now()) })
	door.Register(s.door, huma.Operation{
		OperationID: "get-commit-metrics", Method: http.MethodGet, Path: "/metrics/commits", Tags: []string{"reports"},
		Summary:     "See how much was committed",
		Description: "To default branches in a period, by the time of authoring.",
	}, nil, s.getCommitMetrics)
}

// period is the days of a report in a time zone.
type period struct {
	From, Through time.Time // days, as parseDay reads them
	zone          *time.Location
}

func (q PeriodQuery) period(now time.Time) (p period, err error) {
	if p.zone, err = q.location(); err != nil {
		return p, err
	}
	today := now.In(p.zone)
	p.Through = time.Date(today.Year(), today.Month(), today.Day(), 0, 0, 0, 0, time.UTC)
	if q.Through != "" {
		if p.Through, err = parseDay("query.through", q.Through); err != nil {
			return p, err
		}
	}
	p.From = p.Through.AddDate(0, 0, -89)
	if q.From != "" {
		if p.From, err = parseDay("query.from", q.From); err != nil {
			return p, err
		}
	}
	if p.From.After(p.Through) || p.From.AddDate(0, 0, longestPeriod).Before(p.Through) {
		return p, problem.Invalid("query.from", "expected a day that is not after through, and at most ten years before it")
	}
	return p, nil
}

func (p period) starts() time.Time { return startOf(p.zone, p.From) }

// ends is exclusive.
func (p period) ends() time.Time { return startOf(p.zone, p.Through.AddDate(0, 0, 1)) }

func (p period) days() []store.ReportDay {
	return reportDays(p.zone, p.From, int(p.Through.Sub(p.From)/(24*time.Hour))+1)
}

// weeks divide the period at Mondays, and say of each of its days in which of them it is. The first and the last may be
// shorter; their dates are Mondays nevertheless.
func (p period) weeks() (weeks []store.ReportDay, of []int) {
	for i, day := range p.days() {
		date := p.From.AddDate(0, 0, i)
		if i == 0 || date.Weekday() == time.Monday {
			day.Date = mondayOf(date).Format(time.DateOnly)
			weeks = append(weeks, day)
		}
		weeks[len(weeks)-1].Ends = day.Ends
		of = append(of, len(weeks)-1)
	}
	return weeks, of
}

type pullRequestMetricsOut struct{ Body PullRequestMetrics }

func (s *server) getPullRequestMetrics(ctx context.Context, in *metricsIn) (*pullRequestMetricsOut, error) {
	p, err := in.period(s.Now())
	if err != nil {
		return nil, err
	}
	weeks, _ := p.weeks()
	found, err := s.Store.PullRequestMetrics(ctx, in.filter(), weeks)
	if err != nil {
		return nil, err
	}
	body := viewPullRequestMetrics(found)
	body.From, body.Through, body.Zone = p.From.Format(time.DateOnly), p.Through.Format(time.DateOnly), p.zone.String()
	body.Incomplete, body.IncompleteTotal, err = s.incomplete(ctx, in.filter(), models.ServicePullRequests, p.ends(),
		models.StreamPullRequests, models.StreamPullRequestDetails, models.StreamReviewComments, models.StreamIssueComments, models.StreamIssueEvents)
	return &pullRequestMetricsOut{Body: body}, err
}

func (s *server) pullRequestItems(in *pullRequestItemsIn) (FileQuery, rowsOf[store.PullRequestItem], error) {
	p, err := in.period(s.Now())
	return in.FileQuery, func(ctx context.Context, cursor store.Cursor, limit int) (store.List[store.PullRequestItem], error) {
		return s.Store.PullRequestItems(ctx, in.filter(), in.Of, p.starts(), p.ends(), cursor, limit)
	}, err
}

func (s *server) openPullRequests(in *openPullRequestsIn) (FileQuery, rowsOf[store.OpenPullRequest], error) {
	_, err := in.location()
	return in.FileQuery, func(ctx context.Context, cursor store.Cursor, limit int) (store.List[store.OpenPullRequest], error) {
		return s.Store.OpenPullRequests(ctx, in.filter(), in.WaitsFor, in.Bots, cursor, limit)
	}, err
}

type commitMetricsOut struct{ Body CommitMetrics }

func (s *server) getCommitMetrics(ctx context.Context, in *metricsIn) (*commitMetricsOut, error) {
	p, err := in.period(s.Now())
	if err != nil {
		return nil, err
	}
	found, err := s.Store.CommitMetrics(ctx, in.filter(), p.days())
	if err != nil {
		return nil, err
	}
	body := viewCommitMetrics(found, p)
	body.From, body.Through, body.Zone = p.From.Format(time.DateOnly), p.Through.Format(time.DateOnly), p.zone.String()
	body.Incomplete, body.IncompleteTotal, err = s.incomplete(ctx, in.filter(), models.ServiceRepos, p.ends(), models.StreamCommits)
	return &commitMetricsOut{Body: body}, err
}
