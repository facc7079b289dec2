package e2e_test

import (
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tributary/api"
	"tributary/githubsim"
	"tributary/models"
	"tributary/workflows"
)

// sum adds up what is shown of a metric, where all of some labels are as they are named.
func (p *product) sum(name string, labels ...string) (total float64) {
	for line := range strings.Lines(p.noteMetrics()) {
		series, value, _ := strings.Cut(strings.TrimSpace(line), "} ")
		of, have, _ := strings.Cut(series, "{")
		lacks := func(label string) bool { return !strings.Contains(","+have+",", ","+label+",") }
		if of == name && !slices.ContainsFunc(labels, lacks) {
			n, _ := strconv.ParseFloat(value, 64)
			total += n
		}
	}
	return total
}

func TestMetrics_moveWithASync(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	p := start(t, w)
	summary := p.complete(t, w.token())
	owner := `rate_owner="user/` + strconv.FormatInt(w.account.ID, 10) + `"`

	if got := p.sum("tributary_github_requests_total", owner, `priority="backfill"`); got == 0 || got > float64(summary.Requests) {
		t.Errorf("a first sync sent %v requests, its summary says %d", got, summary.Requests)
	}
	for _, moved := range []struct {
		name   string
		labels []string
	}{
		{"tributary_github_graphql_points_total", []string{owner}},
		{"tributary_page_seconds_count", []string{`stream="commits"`, `result="stored"`}},
		{"tributary_page_rows_total", []string{`stream="pull_requests"`}},
		{"tributary_http_request_seconds_count", []string{`route="/api/v1/integrations"`, `status="201"`}},
		{"temporal_activity_schedule_to_start_latency_seconds_count", []string{`task_queue="` + workflows.IngestQueue + `"`}},
		{"temporal_worker_task_slots_available", []string{`worker_type="ActivityWorker"`}},
	} {
		if p.sum(moved.name, moved.labels...) == 0 {
			t.Errorf("%s%q has not moved", moved.name, moved.labels)
		}
	}
	const keptFor = 30 * time.Second // what the database says is up to 15 seconds old
	eventually(t, keptFor, "all is complete since a short while", func() bool {
		age := p.sum("tributary_complete_through_age_seconds", `organization="acme"`, `stream="issues"`)
		return age > 0 && age < 600 && p.sum("tributary_streams_unread", `organization="acme"`) == 0
	})

	// Something happens that a delivery announces.
	issue := w.repository(1).OpenIssue(githubsim.IssueSpec{Title: "One more"})
	occurred := time.Now().Truncate(time.Second)
	delivery := models.Delivery{
		WebhookID: "hook", GUID: "72d3162e-cc78-11e3-81ab-4c9367dc0958", OrganizationID: w.Organization.ID, RepositoryID: w.repository(1).ID,
		Event: "issues", Action: "opened", Notice: models.Notice{Number: issue.Number}, State: models.DeliveryReceived, OccurredAt: &occurred,
	}
	if _, err := p.Store.SaveDeliveries(t.Context(), []models.Delivery{delivery}); err != nil {
		t.Fatal(err)
	}
	eventually(t, 2*time.Minute, "its freshness is shown", func() bool { return p.sum("tributary_freshness_seconds_count", `organization="acme"`) == 1 })
	if p.sum("tributary_deliveries_settled_total", `event="issues"`, `state="applied"`) != 1 {
		t.Error("the delivery is not shown as applied")
	}

	var integrations api.Items[api.Integration]
	p.call(t, http.MethodGet, "/integrations", nil, &integrations)
	w.RevokeToken(w.tokens[0])
	p.refusedSync(t, integrations.Items[0].ID)
	if p.sum("tributary_failures_total", `code="token_invalid"`) == 0 {
		t.Error("the refused token is not shown")
	}
	p.nobodyIsNamed(t)
	p.deployNamesTemporals(t)
}

// nobodyIsNamed looks for people and repositories.
func (p *product) nobodyIsNamed(t *testing.T) {
	t.Helper()
	text := p.noteMetrics()
	for _, name := range []string{"tributary-service", "repository-00"} {
		if strings.Contains(text, name) {
			t.Errorf("the metrics name %q", name)
		}
	}
	for _, account := range p.world.Truth(acme).Accounts {
		if regexp.MustCompile(`"` + regexp.QuoteMeta(account.Login) + `"`).MatchString(text) {
			t.Errorf("the metrics name the account %q", account.Login)
		}
	}
	if n := strings.Count(text, "\n"); n > 5000 {
		t.Errorf("the page has %d lines", n)
	}
}

// deployNamesTemporals: rules and panels of metrics that Temporal does not have are
// silent for ever.
func (p *product) deployNamesTemporals(t *testing.T) {
	t.Helper()
	shown := p.noteMetrics()
	for _, file := range []string{"prometheus-alerts.yml", "grafana-dashboard.json"} {
		text, err := os.ReadFile("../../deploy/" + file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`temporal_[a-z_]+`).FindAllString(string(text), -1) {
			if !strings.Contains(shown, "\n"+name+"{") {
				t.Errorf("%s names %s, which is not shown", file, name)
			}
		}
	}
}

func TestMetrics_areNoPartOfTheAPI(t *testing.T) {
	t.Parallel()
	p := start(t, newWorld(t, 1))
	p.complete(t, p.world.token())
	answer, err := http.Get(p.api + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusNotFound {
		t.Errorf("the API itself answers /metrics with %d: only the listener of its own shows them", answer.StatusCode)
	}
}
