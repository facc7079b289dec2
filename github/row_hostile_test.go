package github_test

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"tributary/github"
)

// A row from the future would be newer than all later versions of it.
func TestIssues_fromTheFutureAreUnreadable(t *testing.T) {
	t.Parallel()
	row := func(id int, updated string) string {
		return fmt.Sprintf(`{"id":%d,"number":%d,"node_id":"I_%d","updated_at":%s}`, id, id, id, updated)
	}
	s := serve(t, ok("["+strings.Join([]string{
		row(1, `"2026-01-01T00:00:00Z"`), row(2, `"2090-12-31T23:59:59Z"`), row(3, `"9999-12-31T23:59:59-10:00"`), row(4, `"0000-01-01T00:00:00Z"`), row(5, "null"),
		`{"id":0,"number":6,"node_id":"I_6","updated_at":"9999-12-31T23:59:59-10:00"}`,
		`{"id":7,"number":7,"node_id":"` + strings.Repeat("I_7", 2000) + `","updated_at":"2026-01-01T00:00:00Z"}`,
		`{"id":8,"number":8,"node_id":"I_8","updated_at":"2026-01-01T00:00:00Z","labels":[{"name":"bug"}]}`,
	}, ",")+"]"))
	page, err := s.client(t).Issues(t.Context(), 7, github.Position{})
	if err != nil || len(page.Items) != 1 || page.Items[0].GetID() != 1 || len(page.Malformed) != 7 {
		t.Fatalf("%d rows and %d unreadable ones, %v; want 1 and 7: %+v", len(page.Items), len(page.Malformed), err, page.Malformed)
	}
	for _, m := range page.Malformed {
		if len(m.NodeID) > 255 || m.UpdatedAt.Year() > 2030 || m.Reason == "" {
			t.Errorf("an unreadable row is %+v, want a mark and a time that can be stored, and a reason", m)
		}
	}
}

func TestPullRequestDetails_lackWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	good := `{"id":"PRR_1","fullDatabaseId":"1","state":"APPROVED","updatedAt":"2026-01-01T00:00:00Z","createdAt":"2026-01-01T00:00:00Z"}`
	for name, review := range map[string]string{
		"null ids":            `{"id":null,"fullDatabaseId":null,"state":"APPROVED","updatedAt":"2026-01-01T00:00:00Z"}`,
		"no number":           `{"id":"PRR_2","fullDatabaseId":null,"state":"APPROVED","updatedAt":"2026-01-01T00:00:00Z"}`,
		"2^70":                `{"id":"PRR_2","fullDatabaseId":"1180591620717411303424","state":"APPROVED","updatedAt":"2026-01-01T00:00:00Z"}`,
		"negative":            `{"id":"PRR_2","fullDatabaseId":"-4","state":"APPROVED","updatedAt":"2026-01-01T00:00:00Z"}`,
		"an endless id":       `{"id":"` + strings.Repeat("PRR", 2000) + `","fullDatabaseId":"2","state":"APPROVED","updatedAt":"2026-01-01T00:00:00Z"}`,
		"a change in 2090":    `{"id":"PRR_2","fullDatabaseId":"2","state":"APPROVED","updatedAt":"2090-01-01T00:00:00Z"}`,
		"no time of a change": `{"id":"PRR_2","fullDatabaseId":"2","state":"APPROVED","updatedAt":null}`,
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, ok(`{"data":{"rateLimit":{"cost":1},"repository":{"id":"R_7"},"nodes":[{"__typename":"PullRequest","id":"PR_1","fullDatabaseId":"5","number":5,`+
				`"updatedAt":"2026-01-01T00:00:00Z","reviews":{"pageInfo":{},"nodes":[`+good+`,null,`+review+`]},"commits":{"pageInfo":{},"nodes":[]}}]}}`))
			told, err := s.client(t).PullRequestDetails(t.Context(), 7, []github.PullRequestRef{{Number: 5, NodeID: "PR_1"}})
			if err != nil || len(told) != 1 {
				t.Fatalf("%d details, %v", len(told), err)
			}
			if d := told[0]; len(d.Reviews) != 1 || d.Reviews[0].ID != 1 || !strings.Contains(d.Malformed, "a review: ") {
				t.Errorf("%d reviews, lacking %q; want one, and that another is missing", len(d.Reviews), d.Malformed)
			}
		})
	}
}

func TestProbeRepositories_hidesWhatHasNoID(t *testing.T) {
	t.Parallel()
	s := serve(t, ok(`{"data":{"rateLimit":{"cost":1},"node":{"__typename":"Organization","databaseId":5,"login":"acme","repositories":{"totalCount":4,"pageInfo":{},"nodes":[`+
		`{"id":"R_1","databaseId":1,"name":"a","nameWithOwner":"acme/a"},{"id":"R_2","databaseId":null,"name":"b","nameWithOwner":"acme/b"},`+
		`{"id":"R_3","databaseId":-5,"name":"c","nameWithOwner":"acme/c"},{"id":"R_4","databaseId":4,"name":"d","nameWithOwner":"acme/`+strings.Repeat("d", 3000)+`"}]}}}}`))
	page, err := s.client(t).ProbeRepositories(t.Context(), acme, "")
	if err != nil || len(page.Repositories) != 1 || len(page.Hidden) != 3 {
		t.Errorf("%d repositories and %d hidden ones, %v; want 1 and 3", len(page.Repositories), len(page.Hidden), err)
	}
}

func TestQueries_costWhatGitHubCanCharge(t *testing.T) {
	t.Parallel()
	for _, cost := range []string{"1152921504606846976", "-1000000000000", "9223372036854775807", "10001"} {
		s := serve(t, ok(`{"data":{"rateLimit":{"cost":`+cost+`},"node":{"__typename":"Organization","login":"acme","databaseId":5,"repositories":{"pageInfo":{}}}}}`))
		var usage github.Usage
		ctx := github.WithUsage(t.Context(), &usage)
		budget := &allowance{left: 1000}
		client := s.spending(t, budget)
		for range 30 {
			if _, err := client.ProbeRepositories(ctx, acme, ""); err != nil {
				t.Fatal(err)
			}
		}
		if usage.GraphQLPoints != 30 || len(budget.leases) != 2 {
			t.Errorf("at a cost of %s 30 queries count %d points and lease %q, want 30 and two leases", cost, usage.GraphQLPoints, budget.leases)
		}
	}
}

// It runs alone because it measures allocations. The answer has large unknown fields beside a hundred malformed objects.
func TestQueries_readEachObjectOnce(t *testing.T) {
	junk := strings.Repeat(`"`+strings.Repeat("<", 1000)+`",`, 2000)
	objects := strings.TrimSuffix(strings.Repeat(`{"__typename":"Commit","id":"C","oid":5},`, 100), ",")
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ok(`{"data":{"rateLimit":{"cost":1},"junk":[`+junk+`""],"repository":{"id":"R_7"},"nodes":[`+objects+`]}}`).ServeHTTP(w, r)
	}))
	client := s.client(t)
	ids := make([]github.CommitRef, 100)
	for i := range ids {
		ids[i] = github.CommitRef{SHA: fmt.Sprint(i), NodeID: fmt.Sprint("C_", i)}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _ = client.CommitDetails(t.Context(), 7, ids)
	runtime.ReadMemStats(&after)
	requests := uint64(s.requests.Load())
	if grown := (after.TotalAlloc - before.TotalAlloc) >> 20; grown > 100*requests {
		t.Errorf("%d MB were allocated for %d answers of 2 MB, want 100 for each at most", grown, requests)
	}
}
