package api_test

import (
	"net/http"
	"slices"
	"testing"

	"tributary/api"
	"tributary/api/problem"
	"tributary/models"
)

// reportSizes are how much each report has under a filter: things of the Work log and its list, merged pull requests and their list,
// open ones, commits.
func reportSizes(t *testing.T, f fixture, filter string) []int {
	t.Helper()
	const week, weeks = "?zone=Europe/Berlin&from=2026-03-23&", "?zone=Europe/Berlin&from=2026-03-23&through=2026-04-12&"
	var log api.WorkLog
	f.get(t, "/api/v1/worklog"+week+filter).into(t, http.StatusOK, &log)
	things := 0
	for _, g := range log.Groups {
		things += g.Total.Commit + g.Total.MergeCommit + g.Total.PullRequest + g.Total.Comment + g.Total.Ticket
	}
	var pulls api.PullRequestMetrics
	f.get(t, "/api/v1/metrics/pull-requests"+weeks+filter).into(t, http.StatusOK, &pulls)
	var commits api.CommitMetrics
	f.get(t, "/api/v1/metrics/commits"+weeks+filter).into(t, http.StatusOK, &commits)
	return []int{
		things, len(everyRow[api.WorkLogItem](t, f, "/worklog/items"+week+filter)),
		pulls.Merged, len(everyRow[api.PullRequestItem](t, f, "/metrics/pull-requests/items"+weeks+filter)),
		len(everyRow[api.OpenPullRequest](t, f, "/metrics/pull-requests/open?"+filter)), commits.Commits,
	}
}

func TestReports_areNarrowed(t *testing.T) {
	t.Parallel()
	startReports(t, func(t *testing.T, f fixture, integration models.Integration) {
		everything, nothing := []int{54, 54, 5, 5, 6, 9}, make([]int, 6)
		for filter, want := range map[string][]int{
			"":                                   everything,
			"integration_id=" + integration.ID:   everything,
			"integration_id=" + someID:           nothing,
			"organization_id=9000":               everything,
			"organization_id=1":                  nothing,
			"repository_id=1002":                 {6, 6, 1, 1, 1, 0},
			"person=LISA":                        {13, 13, 2, 2, 2, 1},
			"person=NILS@example.com":            {2, 2, 0, 0, 0, 2},
			"person=lisa&repository_id=1001":     {10, 10, 1, 1, 2, 1},
			"person=nobody&organization_id=9000": nothing,
		} {
			if got := reportSizes(t, f, filter); !slices.Equal(got, want) {
				t.Errorf("with %q the reports have %v, want %v", filter, got, want)
			}
		}
	})
}

func TestReports_nameWhatTheyCannotRead(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	for path, location := range map[string]string{
		"/worklog?zone=Mars/Base":                                         "query.zone",
		"/worklog/items?zone=Local":                                       "query.zone",
		"/metrics/pull-requests?zone=x":                                   "query.zone",
		"/metrics/pull-requests/items?zone=Europe":                        "query.zone",
		"/metrics/pull-requests/open?zone=x":                              "query.zone",
		"/metrics/commits?zone=../UTC":                                    "query.zone",
		"/worklog?from=1969-12-31":                                        "query.from",
		"/worklog?weeks=6":                                                "query.weeks",
		"/worklog?kind=reaction":                                          "query.kind[0]",
		"/worklog/items?date=2026-02-30":                                  "query.date",
		"/metrics/commits?through=3000-01-01":                             "query.through",
		"/metrics/pull-requests?from=2026-04-01&through=2026-03-31":       "query.from",
		"/metrics/pull-requests/items?from=2006-01-01&through=2026-03-31": "query.from",
		"/metrics/pull-requests/items?of=reverted":                        "query.of",
		"/metrics/pull-requests/open?waits_for=nothing":                   "query.waits_for",
	} {
		p := f.get(t, "/api/v1"+path).problem(t, http.StatusUnprocessableEntity)
		if p.Code != problem.InvalidRequest || !slices.Equal(locations(p), []string{location}) {
			t.Errorf("%s: %s at %v, want invalid_request at %s", path, p.Code, locations(p), location)
		}
	}
}
