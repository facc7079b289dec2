package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
	"tributary/telemetry"
)

// page is what a scraper reads, by the name of the metric.
type page map[string]*dto.MetricFamily

func scrape(t *testing.T, m *telemetry.Metrics) page {
	t.Helper()
	answer := httptest.NewRecorder()
	m.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, telemetry.Path, nil))
	if answer.Code != http.StatusOK {
		t.Fatalf("the page is answered with %d: %s", answer.Code, answer.Body)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// value is the sample with exactly these labels, "stream=issues,code=repo_gone".
func (p page) value(t *testing.T, name, labels string) float64 {
	t.Helper()
	var seen []string
	for _, sample := range p[name].GetMetric() {
		var pairs []string
		for _, pair := range sample.GetLabel() {
			pairs = append(pairs, pair.GetName()+"="+pair.GetValue())
		}
		if seen = append(seen, strings.Join(pairs, ",")); seen[len(seen)-1] == labels {
			return sample.GetCounter().GetValue() + sample.GetGauge().GetValue() + float64(sample.GetHistogram().GetSampleCount())
		}
	}
	t.Errorf("%s{%s} is not shown; there are %q", name, labels, seen)
	return 0
}

var noon = storetest.Noon

// everything is one of each number.
func everything(context.Context) (store.Numbers, error) {
	return store.Numbers{
		Streams: []store.StreamNumbers{{
			Organization: "octo-org", Kind: models.StreamIssues, CompleteThrough: new(noon.Add(-time.Minute)), Unread: 2,
			Failing: map[models.Code]int{models.RepoGone: 3},
		}},
		Unreadable: []store.UnreadableNumbers{{Organization: "octo-org", Code: models.RepoBlocked, Repositories: 4}},
		Webhooks: []store.WebhookNumbers{{
			Organization: "octo-org", States: map[models.WebhookState]int{models.WebhookActive: 1}, Received: 5, Undelivered: 6, Redelivered: 7, Unannounced: 8,
		}},
		Waiting: []store.WaitingNumbers{{Organization: "octo-org", What: "deliveries", Waiting: 9, DueSince: noon.Add(-time.Hour)}},
	}, nil
}

// busy has counted one of everything.
func busy(t *testing.T) *telemetry.Metrics {
	t.Helper()
	m, err := telemetry.New(telemetry.Config{Numbers: everything, Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	occurred := noon.Add(-4 * time.Second)
	m.Received("push", "")
	m.Received("", "signature_wrong")
	m.Received("an_event_that_is_new", "")
	m.Settled("octo-org", []models.Delivery{{Event: "push", State: models.DeliveryApplied}, {Event: "issue_comment", State: models.DeliveryApplied, OccurredAt: &occurred, FreshAt: &noon}})
	m.Fresh("octo-org", []models.Delivery{{OccurredAt: &occurred, FreshAt: &noon}, {FreshAt: &noon}})
	m.PutOff(models.RateLimited)
	m.Failed(models.RepoGone)
	m.Spent("user/583231", "nudges", 3, 2, time.Second)
	m.Spent("", "people", 1, 0, 0)
	m.Page(models.StreamCommits, telemetry.PageStored, 20*time.Millisecond, 100)
	m.Page(models.StreamCommits, telemetry.PageRefused, time.Millisecond, 100)
	m.Answered(http.MethodGet, "/api/v1/commits", 200, time.Millisecond)
	m.Answered(http.MethodGet, "", 404, time.Millisecond)
	return m
}

func TestPage_showsWhatWasCounted(t *testing.T) {
	t.Parallel()
	p := scrape(t, busy(t))
	for _, want := range []struct {
		name, labels string
		value        float64
	}{
		{"tributary_freshness_seconds", "organization=octo-org", 2},
		{"tributary_receiver_deliveries_total", "event=push,result=stored", 1},
		{"tributary_receiver_deliveries_total", "event=unsigned,result=signature_wrong", 1},
		{"tributary_receiver_deliveries_total", "event=other,result=stored", 1},
		{"tributary_deliveries_settled_total", "event=push,state=applied", 1},
		{"tributary_waits_total", "code=rate_limited", 1},
		{"tributary_failures_total", "code=repo_gone", 1},
		{"tributary_github_requests_total", "priority=nudges,rate_owner=user/583231", 3},
		{"tributary_github_requests_total", "priority=people,rate_owner=unknown", 1},
		{"tributary_github_graphql_points_total", "priority=nudges,rate_owner=user/583231", 2},
		{"tributary_github_wait_seconds_total", "priority=nudges,rate_owner=user/583231", 1},
		{"tributary_page_seconds", "result=stored,stream=commits", 1},
		{"tributary_page_seconds", "result=refused,stream=commits", 1},
		{"tributary_page_rows_total", "stream=commits", 100},
		{"tributary_http_request_seconds", "method=GET,route=/api/v1/commits,status=200", 1},
		{"tributary_http_request_seconds", "method=GET,route=none,status=404", 1},
		{"tributary_database_up", "", 1},
		{"tributary_complete_through_age_seconds", "organization=octo-org,stream=issues", 60},
		{"tributary_streams_unread", "organization=octo-org,stream=issues", 2},
		{"tributary_streams_failing", "code=repo_gone,organization=octo-org,stream=issues", 3},
		{"tributary_repositories_unreadable", "code=repo_blocked,organization=octo-org", 4},
		{"tributary_webhooks", "organization=octo-org,state=active", 1},
		{"tributary_webhook_received_total", "organization=octo-org", 5},
		{"tributary_webhook_undelivered_total", "organization=octo-org", 6},
		{"tributary_webhook_redelivered_total", "organization=octo-org", 7},
		{"tributary_webhook_unannounced_total", "organization=octo-org", 8},
		{"tributary_webhook_waiting", "organization=octo-org,what=deliveries", 9},
		{"tributary_webhook_overdue_seconds", "organization=octo-org,what=deliveries", 3600},
	} {
		if got := p.value(t, want.name, want.labels); got != want.value {
			t.Errorf("%s{%s} is %v, want %v", want.name, want.labels, got, want.value)
		}
	}
	for _, name := range []string{"go_goroutines", "process_resident_memory_bytes"} {
		if p[name] == nil {
			t.Errorf("%s is not shown", name)
		}
	}
}

// TestPage_hasNothingElse: no other path is served, and no other method.
func TestPage_hasNothingElse(t *testing.T) {
	t.Parallel()
	for _, request := range []*http.Request{
		httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRequest(http.MethodGet, "/debug/pprof/", nil), httptest.NewRequest(http.MethodPost, telemetry.Path, nil),
	} {
		answer := httptest.NewRecorder()
		busy(t).Handler().ServeHTTP(answer, request)
		if answer.Code < 400 {
			t.Errorf("%s %s is answered with %d", request.Method, request.URL, answer.Code)
		}
	}
}

// TestPage_withoutTheDatabase: old numbers would look like good ones, and a scrape
// that waits for a database that hangs would hide all others.
func TestPage_withoutTheDatabase(t *testing.T) {
	t.Parallel()
	now, reads := noon, 0
	numbers := everything
	m, err := telemetry.New(telemetry.Config{
		Now: func() time.Time { return now },
		Numbers: func(ctx context.Context) (store.Numbers, error) {
			reads++
			return numbers(ctx)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	expect := func(what string, up float64, known bool, reading int) {
		t.Helper()
		p := scrape(t, m)
		if got := p.value(t, "tributary_database_up", ""); got != up {
			t.Errorf("%s: the database is shown as %v, want %v", what, got, up)
		}
		for name := range p {
			if strings.HasPrefix(name, "tributary_") && name != "tributary_database_up" && !known {
				t.Errorf("%s: %s is shown", what, name)
			}
		}
		if shown := p["tributary_webhook_received_total"] != nil && p["tributary_streams_failing"] != nil; shown != known {
			t.Errorf("%s: its numbers are shown: %v, want %v", what, shown, known)
		}
		if reads != reading {
			t.Errorf("%s: it was read %d times, want %d", what, reads, reading)
		}
	}
	expect("well", 1, true, 1)
	expect("asked again at once", 1, true, 1)

	now = now.Add(16 * time.Second)
	numbers = func(ctx context.Context) (store.Numbers, error) {
		<-ctx.Done()
		return store.Numbers{}, ctx.Err()
	}
	began := time.Now()
	expect("hanging", 0, false, 2)
	if took := time.Since(began); took > 6*time.Second {
		t.Errorf("a scrape took %s, and a scraper gives up after ten seconds", took)
	}
	expect("left alone for a moment", 0, false, 2)

	now = now.Add(16 * time.Second)
	numbers = func(context.Context) (store.Numbers, error) { return store.Numbers{}, errors.New("connection refused") }
	expect("away", 0, false, 3)

	now = now.Add(16 * time.Second)
	numbers = func(context.Context) (store.Numbers, error) { return store.Numbers{}, nil }
	p := scrape(t, m)
	if p.value(t, "tributary_database_up", "") != 1 || p["tributary_streams_failing"] != nil {
		t.Error("a stream that fails no more is still shown")
	}
}

// TestPage_withAClosedDatabase does the same with a real one.
func TestPage_withAClosedDatabase(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), store.Config{URL: storetest.SQLiteURL(t)})
	if err != nil {
		t.Fatal(err)
	}
	now := noon
	m, err := telemetry.New(telemetry.Config{Numbers: s.Numbers, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	if up := scrape(t, m).value(t, "tributary_database_up", ""); up != 1 {
		t.Errorf("an empty database is shown as %v", up)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Minute)
	if up := scrape(t, m).value(t, "tributary_database_up", ""); up != 0 {
		t.Errorf("a closed database is shown as %v", up)
	}
}

// TestMetrics_withoutAReader: a process that shows nothing counts nothing.
func TestMetrics_withoutAReader(t *testing.T) {
	t.Parallel()
	var m *telemetry.Metrics
	m.Received("push", "")
	m.Settled("octo-org", []models.Delivery{{}})
	m.PutOff(models.RateLimited)
	m.Failed(models.RepoGone)
	m.Spent("", "people", 1, 1, 1)
	m.Page(models.StreamCommits, telemetry.PageStored, 1, 1)
	m.Answered(http.MethodGet, "", 200, 1)
	m.Temporal().Counter("temporal_request").Inc(1)
	var none *telemetry.Listener
	done := errors.New("done")
	if err := none.During(t.Context(), nil, func(context.Context) error { return done }); none.Of() != nil || !errors.Is(err, done) {
		t.Errorf("without a listener work ends with %v", err)
	}
}

// TestLabels_haveABound: whatever names a sender invents.
func TestLabels_haveABound(t *testing.T) {
	t.Parallel()
	m := busy(t)
	for n := range 5000 {
		m.Received(fmt.Sprintf("event_%d", n), "")
		m.Spent(fmt.Sprintf("user/%d", n), "people", 1, 0, 0)
	}
	p := scrape(t, m)
	if got := len(p["tributary_receiver_deliveries_total"].GetMetric()); got != 3 {
		t.Errorf("events have %d series, want 3", got)
	}
	if got := len(p["tributary_github_requests_total"].GetMetric()); got > 2000 {
		t.Errorf("rate owners have %d series, want 2,000 at most", got)
	}
}

var metricName = regexp.MustCompile(`\b(?:tributary|go|process)_[a-z0-9_]+\b`)

// TestDeploy_namesMetricsThatExist: rules and panels of a metric that does not exist
// are silent for ever. Those of Temporal's are looked for in dev/e2e, where one runs.
func TestDeploy_namesMetricsThatExist(t *testing.T) {
	t.Parallel()
	shown := map[string]bool{}
	for name, family := range scrape(t, busy(t)) {
		shown[name] = true
		if family.GetType() == dto.MetricType_HISTOGRAM {
			shown[name+"_bucket"], shown[name+"_count"], shown[name+"_sum"] = true, true, true
		}
	}
	for _, file := range []string{"prometheus-alerts.yml", "grafana-dashboard.json"} {
		text, err := os.ReadFile("../deploy/" + file)
		if err != nil {
			t.Fatal(err)
		}
		names := metricName.FindAllString(string(text), -1)
		if len(names) < 10 {
			t.Errorf("%s names %d metrics: is it still what it was?", file, len(names))
		}
		for _, name := range names {
			if !shown[name] {
				t.Errorf("%s names %s, which no process shows", file, name)
			}
		}
	}
}

// TestDeploy_alertsSayWhatToDo keeps the form that Prometheus reads, as far as this
// repository can tell without it.
func TestDeploy_alertsSayWhatToDo(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../deploy/prometheus-alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr         string
				For                 model.Duration
				Labels, Annotations map[string]string
			}
		}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		t.Fatal(err)
	}
	rules := 0
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			rules++
			if rule.Alert == "" || rule.Expr == "" || rule.For == 0 || rule.Labels["severity"] == "" || rule.Annotations["summary"] == "" || rule.Annotations["action"] == "" {
				t.Errorf("%s lacks something: %+v", rule.Alert, rule)
			}
			if strings.Count(rule.Expr, "(") != strings.Count(rule.Expr, ")") {
				t.Errorf("%s has parentheses that do not match: %s", rule.Alert, rule.Expr)
			}
		}
	}
	if rules < 10 {
		t.Errorf("there are %d rules", rules)
	}
}

// TestDeploy_dashboardIsWhole: Grafana shows an empty page for one that is not.
func TestDeploy_dashboardIsWhole(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../deploy/grafana-dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Title  string
		Panels []struct {
			Title, Type string
			Targets     []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	for _, panel := range dashboard.Panels {
		if panel.Title == "" || panel.Type == "" || len(panel.Targets) == 0 {
			t.Errorf("the panel %q lacks something: %+v", panel.Title, panel)
		}
		for _, target := range panel.Targets {
			if strings.Count(target.Expr, "(") != strings.Count(target.Expr, ")") {
				t.Errorf("%s has parentheses that do not match: %s", panel.Title, target.Expr)
			}
		}
	}
	if len(dashboard.Panels) < 10 {
		t.Errorf("there are %d panels", len(dashboard.Panels))
	}
}

// TestOperations_listsEveryMetric keeps the table of docs/operations.md.
func TestOperations_listsEveryMetric(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]string{} // labels by name
	for _, row := range regexp.MustCompile("(?m)^\\| `(tributary_[a-z_]+)` \\| ([^|]*) \\|").FindAllStringSubmatch(string(text), -1) {
		labels := regexp.MustCompile("[a-z_]+").FindAllString(row[2], -1)
		slices.Sort(labels)
		listed[row[1]] = strings.Join(labels, " ")
	}
	shown := map[string]string{}
	for name, family := range scrape(t, busy(t)) {
		if !strings.HasPrefix(name, "tributary_") {
			continue
		}
		var labels []string
		for _, pair := range family.GetMetric()[0].GetLabel() {
			labels = append(labels, pair.GetName())
		}
		shown[name] = strings.Join(labels, " ")
	}
	if !maps.Equal(listed, shown) {
		t.Errorf("docs/operations.md lists\n%v\nand shown are\n%v", listed, shown)
	}
}
