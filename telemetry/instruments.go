package telemetry

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"tributary/models"
)

// instruments are what the work of this process is counted with. The labels:
//
//   - organization: logins of organizations that are ingested
//   - rate_owner: user/ID, installation/ID and app/ID of accounts that are connected
//   - priority: the five of store.Priority
//   - code: models.Code
//   - stream: models.StreamKinds
//   - event: events, else "other"; "unsigned" where GitHub did not sign
//   - method, route, status: those that HTTP and the routes of the API know
//   - the others: the words in this file
//
// Should something have more values all the same, OpenTelemetry counts what is beyond
// 2,000 as one, with the label otel_metric_overflow.
type instruments struct {
	freshness  metric.Float64Histogram
	received   metric.Int64Counter
	settled    metric.Int64Counter
	waits      metric.Int64Counter
	failures   metric.Int64Counter
	requests   metric.Int64Counter
	points     metric.Int64Counter
	waited     metric.Float64Counter
	pages      metric.Float64Histogram
	rows       metric.Int64Counter
	httpAnswer metric.Float64Histogram
}

func newInstruments(meter metric.Meter) (i instruments, err error) {
	var errs []error
	counter := func(name, about string) metric.Int64Counter {
		made, err := meter.Int64Counter(name, metric.WithDescription(about))
		errs = append(errs, err)
		return made
	}
	seconds := func(name, about string, bounds ...float64) metric.Float64Histogram {
		made, err := meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(about), metric.WithExplicitBucketBoundaries(bounds...))
		errs = append(errs, err)
		return made
	}
	i.freshness = seconds("tributary_freshness", "From the event at GitHub to the row, of what webhooks announced.", 1, 2, 3, 5, 10, 20, 30, 60, 120, 300, 900, 3600)
	i.received = counter("tributary_receiver_deliveries", "Webhook requests by what became of them: stored, or the code of the refusal.")
	i.settled = counter("tributary_deliveries_settled", "Deliveries by what they led to: applied, ignored or failed.")
	i.waits = counter("tributary_waits", "Attempts that a limit of GitHub's put off, by code.")
	i.failures = counter("tributary_failures", "Attempts that failed, by code.")
	i.requests = counter("tributary_github_requests", "Requests to GitHub.")
	i.points = counter("tributary_github_graphql_points", "Points of GraphQL that GitHub charged.")
	i.waited, err = meter.Float64Counter("tributary_github_wait", metric.WithUnit("s"), metric.WithDescription("Waits of up to ten seconds for a limit of GitHub's."))
	errs = append(errs, err)
	i.pages = seconds("tributary_page", "Transactions that store a page with its checkpoint.", 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
	i.rows = counter("tributary_page_rows", "Rows on the pages that were stored.")
	i.httpAnswer = seconds("tributary_http_request", "Requests to the API, until the answer was whole.", 0.005, 0.025, 0.1, 0.25, 1, 2.5, 10)
	return i, errors.Join(errs...)
}

func labels(pairs ...attribute.KeyValue) metric.MeasurementOption {
	return metric.WithAttributeSet(attribute.NewSet(pairs...))
}

// of shortens the making of a label.
func of[T ~string](name string, value T) attribute.KeyValue {
	return attribute.String(name, string(value))
}

// events are those that have a label of their own: the ones that hint at anything,
// those of hooks and Apps, and ping.
// https://docs.github.com/webhooks/webhook-events-and-payloads
var events = []string{
	"create", "delete", "github_app_authorization", "installation", "installation_repositories", "installation_target", "issue_comment", "issue_dependencies", "issues",
	"label", "member", "membership", "meta", "organization", "ping", "public", "pull_request", "pull_request_review", "pull_request_review_comment", "pull_request_review_thread",
	"push", "release", "repository", "repository_import", "star", "sub_issues", "team",
}

func eventLabel(event string) attribute.KeyValue {
	switch {
	case event == "":
		event = "unsigned"
	case !slices.Contains(events, event):
		event = "other"
	}
	return of("event", event)
}

// Received counts a webhook request, with the code of the problem if it was refused. Its
// event is empty unless GitHub signed it: otherwise it is the sender's to choose.
func (m *Metrics) Received(event string, refused models.Code) {
	if m == nil {
		return
	}
	result := of("result", "stored")
	if refused != "" {
		result = of("result", refused)
	}
	m.received.Add(context.Background(), 1, labels(eventLabel(event), result))
}

// Settled counts deliveries that do not wait any more, and how fresh those are of which
// nothing was left to read.
func (m *Metrics) Settled(organization string, deliveries []models.Delivery) {
	if m == nil {
		return
	}
	for _, d := range deliveries {
		m.settled.Add(context.Background(), 1, labels(eventLabel(d.Event), of("state", d.State)))
	}
	m.Fresh(organization, deliveries)
}

// Fresh notes how long it took until what deliveries announced was stored. Those that
// do not say when it happened are left out.
func (m *Metrics) Fresh(organization string, deliveries []models.Delivery) {
	if m == nil {
		return
	}
	for _, d := range deliveries {
		if d.FreshAt != nil && d.OccurredAt != nil {
			m.freshness.Record(context.Background(), max(0, d.FreshAt.Sub(*d.OccurredAt).Seconds()), labels(of("organization", organization)))
		}
	}
}

// PutOff counts an attempt at an activity that waits for a limit of GitHub's.
func (m *Metrics) PutOff(code models.Code) {
	if m != nil {
		m.waits.Add(context.Background(), 1, labels(of("code", code)))
	}
}

// Failed counts an attempt that failed.
func (m *Metrics) Failed(code models.Code) {
	if m != nil {
		m.failures.Add(context.Background(), 1, labels(of("code", code)))
	}
}

// Spent counts what was asked of GitHub. The owner is empty where it is not known yet
// whose a token is.
func (m *Metrics) Spent(owner, priority string, requests, points int64, waited time.Duration) {
	if m == nil {
		return
	}
	if owner == "" {
		owner = "unknown"
	}
	ctx, by := context.Background(), labels(of("rate_owner", owner), of("priority", priority))
	m.requests.Add(ctx, requests, by)
	m.points.Add(ctx, points, by)
	m.waited.Add(ctx, waited.Seconds(), by)
}

// Page counts the transaction of a page. One that was refused found that somebody else
// has the stream, or that nobody wants it any more.
func (m *Metrics) Page(kind models.StreamKind, result PageResult, took time.Duration, rows int) {
	if m == nil {
		return
	}
	m.pages.Record(context.Background(), took.Seconds(), labels(of("stream", kind), of("result", result)))
	if result == PageStored {
		m.rows.Add(context.Background(), int64(rows), labels(of("stream", kind)))
	}
}

// PageResult is how the transaction of a page ended.
type PageResult string

// The results of a page.
const (
	PageStored  PageResult = "stored"
	PageRefused PageResult = "refused"
	PageFailed  PageResult = "failed"
)

// Answered counts a request to the API, by the pattern of its route.
func (m *Metrics) Answered(method, route string, status int, took time.Duration) {
	if m == nil {
		return
	}
	if route == "" {
		route = "none"
	}
	m.httpAnswer.Record(context.Background(), took.Seconds(), labels(of("method", method), of("route", route), of("status", strconv.Itoa(status))))
}
