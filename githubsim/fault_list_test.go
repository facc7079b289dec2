package githubsim_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tributary/githubsim"
)

// TestListFaults looks at what arrives of a list of 130 commits, or of three issues, when something is wrong with it.
func TestListFaults(t *testing.T) {
	t.Parallel()
	commits, issues := "/repos/acme/repository/commits?per_page=100", "/repos/acme/repository/issues?state=all"
	for name, tt := range map[string]struct {
		fault githubsim.Fault
		list  string
		rows  int
		links []string // parts of each Link header, in order
	}{
		"no link":      {githubsim.Fault{Kind: githubsim.NoLink}, commits, 100, nil},
		"foreign link": {githubsim.Fault{Kind: githubsim.ForeignLink}, commits, 100, []string{`<http://github.internal:8080/api/v3/repositories/`}},
		"second link":  {githubsim.Fault{Kind: githubsim.SecondLink}, commits, 100, []string{`</style.css>; rel="preload"`, `rel="next"`}},
		"odd link":     {githubsim.Fault{Kind: githubsim.OddLink}, commits, 100, []string{`<?page=2&per_page=100> ; title="a, b; rel=last";REL=Next`, `rel="up last"`}},
		"empty page":   {githubsim.Fault{Kind: githubsim.EmptyPage}, issues, 0, []string{`page=2&state=all>; rel="next"`}},
		"undecodable":  {githubsim.Fault{Kind: githubsim.UndecodableRows}, issues, 3, nil},
		"small pages":  {githubsim.Fault{Kind: githubsim.SmallPages, MaxNodes: 7}, commits, 7, []string{`page=19&per_page=100>; rel="last"`}},
		"fractions":    {githubsim.Fault{Kind: githubsim.SubSecondTimes}, issues, 3, nil},
		"lag":          {githubsim.Fault{Kind: githubsim.ListLag, For: time.Minute}, issues, 2, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := newClock()
			w := newWorld(t, githubsim.Config{Now: clock.Now})
			w.sim.Populate(githubsim.Workload{Commits: 130, Issues: 2, Until: clock.Now().Add(-time.Hour)})
			w.org.Repository("repository").OpenIssue(githubsim.IssueSpec{Author: w.user, Title: "Just now"})
			tt.fault.Times = 1
			w.sim.Fail(tt.fault)
			got := w.get(tt.list).expect(t, http.StatusOK)
			if rows := decoded[[]object](t, got); len(rows) != tt.rows {
				t.Errorf("%d rows, want %d", len(rows), tt.rows)
			}
			links := got.header.Values("Link")
			if len(links) != len(tt.links) {
				t.Fatalf("linked to %q, want %q", links, tt.links)
			}
			for i, part := range tt.links {
				if !strings.Contains(links[i], part) {
					t.Errorf("header %d is %s, want it to contain %s", i, links[i], part)
				}
			}
		})
	}
}

func TestSkew_movesTheWorldAndItsDates(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := newWorld(t, githubsim.Config{Now: clock.Now, Skew: -8 * time.Minute})
	r := w.org.AddRepository("api")
	issue := r.OpenIssue(githubsim.IssueSpec{Author: w.user, Title: "Late"})
	want := clock.Now().Add(-8 * time.Minute).UTC()
	answer := w.get("/repos/acme/api/issues/1")
	if date, err := http.ParseTime(answer.header.Get("Date")); err != nil || !date.Equal(want.Truncate(time.Second)) {
		t.Errorf("it is %s at GitHub, want %s (%v)", date, want, err)
	}
	if got := decoded[object](t, answer)["updated_at"]; issue.Number != 1 || got != want.Format("2006-01-02T15:04:05Z") {
		t.Errorf("issue %d moved at %v, want %s", issue.Number, got, want)
	}
}

// TestNodeLag: what is listed may not be known to GraphQL for a while.
func TestNodeLag(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := newWorld(t, githubsim.Config{Now: clock.Now})
	issue := w.org.AddRepository("lagging").OpenIssue(githubsim.IssueSpec{Author: w.user, Title: "Just now"})
	w.sim.Fail(githubsim.Fault{Kind: githubsim.NodeLag, For: time.Minute})
	query := `{nodes(ids:["` + issue.NodeID + `"]){... on Issue{number}}}`
	listed := func() any {
		return w.graph(`{repository(owner:"acme",name:"lagging"){issues(first:9){totalCount}}}`, nil).Data["repository"].(object)["issues"].(object)["totalCount"]
	}
	if n := listed(); n != 0.0 {
		t.Errorf("at once GraphQL lists %v", n)
	}
	if got := w.graph(query, nil); len(got.Errors) != 1 || got.Errors[0].Type != "NOT_FOUND" {
		t.Errorf("at once: %+v, want NOT_FOUND", got)
	}
	clock.advance(time.Minute)
	if got := w.graph(query, nil); len(got.Errors) > 0 {
		t.Errorf("a minute later: %+v, want the issue", got)
	}
	if n := listed(); n != 1.0 {
		t.Errorf("a minute later GraphQL lists %v", n)
	}
}
