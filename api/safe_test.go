package api_test

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"tributary/api"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store/storetest"
)

// onlyLooked is a Temporal that describes workflows and schedules. Every other
// call panics, which the API answers with 500.
type onlyLooked struct {
	client.Client
	next time.Time // when a schedule runs next
}

func (onlyLooked) DescribeWorkflowExecution(context.Context, string, string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return &workflowservice.DescribeWorkflowExecutionResponse{}, nil
}

func (onlyLooked) CheckHealth(context.Context, *client.CheckHealthRequest) (*client.CheckHealthResponse, error) {
	return &client.CheckHealthResponse{}, nil
}

func (o onlyLooked) ScheduleClient() client.ScheduleClient { return onlyDescribed{next: o.next} }

type onlyDescribed struct {
	client.ScheduleClient
	next time.Time
}

func (o onlyDescribed) GetHandle(context.Context, string) client.ScheduleHandle {
	return describedSchedule{next: o.next}
}

type describedSchedule struct {
	client.ScheduleHandle
	next time.Time
}

func (s describedSchedule) Describe(context.Context) (*client.ScheduleDescription, error) {
	d := description()
	if !s.next.IsZero() {
		d.Info.NextActionTimes = []time.Time{s.next}
	}
	return &d, nil
}

// TestSafeMethods_makeNoWork uses every operation that only looks, as those do who
// may only look: nothing is started, asked of a worker or written.
func TestSafeMethods_makeNoWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false, false)
	clock := newClock()
	f := startOn(t, storetest.Open(t, w.url), api.Config{Temporal: onlyLooked{}, Now: clock.Now, Heartbeat: time.Millisecond})
	before := rowsOf(t, w.url)
	for _, op := range operations(t) {
		if op.method != http.MethodGet || strings.HasPrefix(op.OperationID, "return-from-github") { // which a state and a cookie prove
			continue
		}
		path := "/api/v1" + op.path
		for kind, ids := range w.known {
			path = strings.Replace(path, "/"+kind+"/{id}", "/"+kind+"/"+textOf(ids[0]), 1)
		}
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions} {
			for _, query := range []string{"", "?refresh=true", "?format=csv"} {
				if method != http.MethodGet && query != "" {
					continue
				}
				clock.pass(time.Second) // a pace that one caller may keep up
				c := caller{address: strings.TrimPrefix(f.url, "http://")}
				answer, err := c.send(rawRequest{method: method, target: path + query, headers: []string{"Host: x", "Authorization: Bearer " + w.secrets[1]}})
				c.hangUp()
				if err != nil || answer.StatusCode >= 500 {
					t.Errorf("%s %s: %v, %v", method, path+query, shown(answer), err)
				}
				if method == http.MethodGet && query == "" && answer.StatusCode > 299 && answer.StatusCode != http.StatusForbidden && op.OperationID != "get-deletion" {
					t.Errorf("%s does not get as far as it should: %s", path, shown(answer))
				}
			}
		}
	}
	after := rowsOf(t, w.url)
	for _, table := range slices.Sorted(maps.Keys(after)) {
		if before[table] != after[table] {
			t.Errorf("%s has changed", table)
		}
	}
}

// rowsOf is what a database holds, by table, but for when somebody was last seen
// and for what was refused.
func rowsOf(t *testing.T, url string) map[string]string {
	t.Helper()
	db, err := sql.Open("sqlite", strings.TrimPrefix(url, "sqlite:"))
	must(t, err)
	defer db.Close()
	var tables []string
	each(t, db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('api_tokens', 'sessions', 'audit_events')", func(row []any) { tables = append(tables, fmt.Sprint(row[0])) })
	if len(tables) < 20 {
		t.Fatalf("found only %d tables", len(tables))
	}
	all := map[string]string{}
	for _, table := range tables {
		each(t, db, "SELECT * FROM "+table, func(row []any) { all[table] += fmt.Sprintln(row...) })
	}
	return all
}

func each(t *testing.T, db *sql.DB, query string, do func([]any)) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	must(t, err)
	defer rows.Close()
	columns, err := rows.Columns()
	must(t, err)
	for rows.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		must(t, rows.Scan(into...))
		do(row)
	}
	must(t, rows.Err())
}

// preflights counts how often GitHub would be asked.
type preflights struct {
	fakeTemporal
	ran atomic.Int32
}

func (p *preflights) ExecuteWorkflow(context.Context, client.StartWorkflowOptions, any, ...any) (client.WorkflowRun, error) {
	p.ran.Add(1)
	return doneRun{}, nil
}

type doneRun struct{ client.WorkflowRun }

func (doneRun) Get(context.Context, any) error { return nil }

func TestRefresh_asksGitHubForAdminsAndNotTooOften(t *testing.T) {
	t.Parallel()
	clock, temporal := newClock(), &preflights{}
	f := startWith(t, api.Config{Now: clock.Now, Temporal: temporal})
	admin, _ := f.token(t, "admin", models.RoleAdmin)
	other, _ := f.token(t, "other", models.RoleAdmin)
	viewer, _ := f.token(t, "viewer", models.RoleViewer)
	connection, err := f.store.CreateConnection(t.Context(), models.PersonalAccessToken, secret)
	must(t, err)
	path := "/api/v1/connections/" + connection.ID + "/organizations/refresh"
	refresh := func(token string) answer { return f.request(t, http.MethodPost, path, "", bearer(token)...) }

	refresh(viewer).problem(t, http.StatusForbidden)
	refresh(admin).into(t, http.StatusOK, &api.Items[api.ConnectionOrganization]{}) // pending: there is nothing to ask with
	if n := temporal.ran.Load(); n != 0 {
		t.Errorf("GitHub was asked %d times, want never", n)
	}
	authorize(t, f.store, connection.ID)
	for range 5 {
		var got api.Items[api.ConnectionOrganization]
		if refresh(admin).into(t, http.StatusOK, &got); len(got.Items) != 2 {
			t.Errorf("organizations = %+v, want two", got.Items)
		}
	}
	for _, token := range []string{admin, other} { // it is the connection's budget for both
		a := refresh(token)
		if p := a.problem(t, http.StatusTooManyRequests); p.Code != problem.TooManyRequests || a.header.Get("Retry-After") != "30" || !strings.Contains(p.Detail, "30 seconds") {
			t.Errorf("%s, Retry-After %q: %s", p.Code, a.header.Get("Retry-After"), p.Detail)
		}
	}
	clock.pass(30 * time.Second)
	refresh(other).into(t, http.StatusOK, &api.Items[api.ConnectionOrganization]{})
	refresh(admin).problem(t, http.StatusTooManyRequests)
	if n := temporal.ran.Load(); n != 6 {
		t.Errorf("GitHub was asked %d times, want 6", n)
	}
	events, err := f.store.AuditEvents(t.Context(), "", 100)
	must(t, err)
	outcomes := map[models.AuditOutcome]int{}
	for _, e := range events.Rows {
		if e.Action == "refresh-connection-organizations" && e.SubjectID == connection.ID {
			outcomes[e.Outcome]++
		}
	}
	if outcomes[models.AuditDone] != 7 || outcomes[models.AuditFailed] != 3 || outcomes[models.AuditRefused] != 1 {
		t.Errorf("audit = %v, want 7 done, 3 failed and 1 refused", outcomes)
	}
}
