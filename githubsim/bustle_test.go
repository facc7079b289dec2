package githubsim_test

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"testing"

	"tributary/githubsim"
)

// bustle lets an organization make some changes and returns its rows.
func bustle(t *testing.T, sim *githubsim.Sim, o *githubsim.Organization, changes int) (rows []githubsim.Row) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	n := 0
	o.Bustle(ctx, githubsim.Bustle{PerSecond: 1e6, Seed: 7, Changed: func(made []githubsim.Row) {
		rows = append(rows, made...)
		if n++; n == changes {
			stop()
		}
	}})
	return rows
}

func TestBustle_tellsOfRowsThatTheTruthHas(t *testing.T) {
	t.Parallel()
	sim := githubsim.New(githubsim.Config{})
	rows := bustle(t, sim, sim.PopulateDemo("acme"), 2000)
	has := map[int64]map[any]bool{}
	for _, r := range sim.Truth("acme").Repositories {
		keys := map[any]bool{}
		for _, c := range r.Commits {
			keys[c.SHA] = true
		}
		for _, e := range r.IssueEvents {
			keys[e.NodeID] = true
		}
		for _, p := range r.PullRequests {
			keys[p.Number] = true
		}
		for _, i := range r.Issues {
			keys[i.Number] = true
		}
		for _, v := range r.Reviews {
			keys[v.ID] = true
		}
		for _, c := range r.ReviewComments {
			keys[c.ID] = true
		}
		for _, c := range r.IssueComments {
			keys[c.ID] = true
		}
		for _, l := range r.Releases {
			keys[l.ID] = true
		}
		has[r.ID] = keys
	}
	tables, busy := map[string]bool{}, map[int64]bool{}
	for _, row := range rows {
		tables[row.Table], busy[row.Repository] = true, true
		if !has[row.Repository][row.Key] || row.At.IsZero() {
			t.Fatalf("the truth has no %+v", row)
		}
	}
	want := []string{"commits", "issue_comments", "issue_events", "issues", "pull_requests", "releases", "review_comments", "reviews"}
	if got := slices.Sorted(maps.Keys(tables)); !reflect.DeepEqual(got, want) {
		t.Errorf("rows in %v, want in %v", got, want)
	}
	if len(busy) < 20 {
		t.Errorf("only %d repositories were busy", len(busy))
	}
}

func TestBustle_isTheSameForTheSameSeed(t *testing.T) {
	t.Parallel()
	build := func() (githubsim.Truth, int) {
		sim := githubsim.New(githubsim.Config{Now: newClock().Now})
		rows := bustle(t, sim, sim.PopulateDemo("acme"), 300)
		return sim.Truth("acme"), len(rows)
	}
	one, n := build()
	two, m := build()
	if n != m || !reflect.DeepEqual(one, two) {
		t.Error("one seed made two worlds")
	}
}
