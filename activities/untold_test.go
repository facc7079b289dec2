package activities_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tributary/activities"
	"tributary/activities/synctest"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

const wentWrong = "Something went wrong while executing your query on 2026-03-01T12:00:00Z. Please include `8D8C:1` when reporting this issue."

// An outage of one kind of query is no object's fault: it costs a few requests,
// and the next sync has everything.
func TestDetails_areNobodysFaultInAnOutage(t *testing.T) {
	t.Parallel()
	oneCommit := regexp.MustCompile(`/commits/[0-9a-f]{40}`)
	commits := githubsim.Fault{MatchFunc: func(r githubsim.Request) bool { return oneCommit.MatchString(r.URL) }, Kind: githubsim.HTTPStatus, Status: 502}
	for name, outage := range map[string]struct {
		match  string
		faults []githubsim.Fault
	}{
		"pull request details": {"pullRequestDetails", []githubsim.Fault{{Match: "pullRequestDetails", Kind: githubsim.HTTPStatus, Status: 502, Body: `{"message":"` + wentWrong + `"}`}}},
		"with status 200":      {"pullRequestDetails", []githubsim.Fault{{Match: "pullRequestDetails", Kind: githubsim.GraphQLError, Error: wentWrong}}},
		"issue events":         {"issueEvents", []githubsim.Fault{{Match: "issueEvents", Kind: githubsim.HTTPStatus, Status: 502}}},
		"commit details, and REST": {"commitDetails", []githubsim.Fault{
			{Match: "commitDetails", Kind: githubsim.HTTPStatus, Status: 504, Body: "-"}, commits,
		}},
		"commits where GraphQL is refused": {oneCommit.String(), []githubsim.Fault{{Kind: githubsim.GraphQLRefused}, commits}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newDeckWorld(t, storetest.SQLiteURL(t), func(w *world) { w.reviewed(30) })
			for _, fault := range outage.faults {
				w.Sim.Fail(fault)
			}
			for range 30 {
				w.Sync(t)
				w.later(time.Second)
			}
			matches := regexp.MustCompile(outage.match)
			n := 0
			for _, r := range w.Sim.Requests() {
				if matches.MatchString(r.Operation + r.URL) {
					n++
				}
			}
			if n == 0 || n >= 20 {
				t.Errorf("%d requests in the outage, want a few", n)
			}
			if untold := w.untold(t); len(untold) > 0 {
				t.Errorf("in the outage these are given up: %v", untold)
			}
			w.Sim.Heal()
			w.later(15 * time.Minute)
			w.Sync(t)
			w.except(t, strings.Contains(outage.match, "/"))
		})
	}
}

// except checks the copy, without time zones where REST has told of commits.
func (w *world) except(t *testing.T, zones bool) {
	t.Helper()
	truth, got := w.Sim.Truth("acme"), storetest.ReadCopy(t, w.URL)
	if zones {
		withoutQueries(&truth, &got)
	}
	if diff := synctest.Diff(truth, got); diff != "" {
		t.Errorf("the copy differs from the truth (-truth +copy):\n%.3000s", diff)
	}
}

// reviewed opens pull requests with five commits and two reviews each.
func (w *world) reviewed(n int) (pulls []*githubsim.PullRequest) {
	for range n {
		pull := w.repo.OpenPullRequest(githubsim.PullRequestSpec{Author: w.person, Commits: slices.Repeat([]githubsim.CommitSpec{{Author: w.person}}, 5)})
		pull.Review(githubsim.ReviewSpec{Author: w.person, State: "COMMENTED"})
		pull.Review(githubsim.ReviewSpec{Author: w.person, State: "APPROVED"})
		pulls = append(pulls, pull)
	}
	return pulls
}

// untold are the rows that GitHub could not tell, with the reasons.
func (w *world) untold(t *testing.T) (untold []string) {
	t.Helper()
	stored := storetest.ReadCopy(t, w.URL)
	for _, c := range stored.Commits {
		if c.DetailsState == models.DetailsUnavailable {
			untold = append(untold, "commit: "+c.DetailsReason)
		}
	}
	for _, p := range stored.PullRequests {
		if p.DetailsState == models.DetailsUnavailable {
			untold = append(untold, fmt.Sprintf("pull request %d: %s", p.Number, p.DetailsReason))
		}
		if p.EventsState == models.DetailsUnavailable {
			untold = append(untold, fmt.Sprintf("events of %d: %s", p.Number, p.EventsReason))
		}
	}
	for _, i := range stored.Issues {
		if i.EventsState == models.DetailsUnavailable {
			untold = append(untold, fmt.Sprintf("events of %d: %s", i.Number, i.EventsReason))
		}
	}
	return untold
}

func (w *world) stream(t *testing.T, kind models.StreamKind) models.Stream {
	t.Helper()
	for _, s := range storetest.ReadCopy(t, w.URL).Streams {
		if s.Kind == kind {
			return s
		}
	}
	t.Fatalf("there is no stream %s", kind)
	return models.Stream{}
}

// newEmptyWorld has a repository with one commit and nothing else.
func newEmptyWorld(t *testing.T, config githubsim.Config, also func(w *world)) *world {
	t.Helper()
	w := &world{current: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	now := func() time.Time { return w.current }
	config.Now = now
	sim := githubsim.New(config)
	w.Bench = &synctest.Bench{Sim: sim}
	w.org, w.person = sim.AddOrganization("acme"), sim.AddUser("mona")
	w.repo = w.org.AddRepository("repository", githubsim.RepositorySettings{Private: true})
	w.push(1)
	if also != nil {
		also(w)
	}
	w.later(time.Hour)
	w.Bench = synctest.New(t, sim, "acme", storetest.SQLiteURL(t), now)
	w.Attempts = 12
	return w
}

// What GraphQL never computes is told by REST: the one, the only one, or all.
func TestDetails_ofWhatGraphQLNeverComputesComeFromREST(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string][]int{"one of four": {2}, "two of four": {0, 1}, "the first and the last": {0, 3}, "all": {0, 1, 2, 3}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var pulls []*githubsim.PullRequest
			w := newEmptyWorld(t, githubsim.Config{}, func(w *world) { pulls = w.reviewed(4) })
			for _, i := range bad {
				w.Sim.Fail(githubsim.Fault{Kind: githubsim.PoisonedNode, Node: pulls[i].NodeID})
			}
			w.Sync(t)
			if len(bad) == len(pulls) { // that looks like an outage, until it lasts too long for one
				w.later(15 * time.Minute)
				w.Sync(t)
			}
			w.Check(t)
		})
	}
	t.Run("the only one", func(t *testing.T) {
		t.Parallel()
		var pulls []*githubsim.PullRequest
		w := newEmptyWorld(t, githubsim.Config{}, func(w *world) { pulls = w.reviewed(1) })
		w.Sim.Fail(githubsim.Fault{Kind: githubsim.PoisonedNode, Node: pulls[0].NodeID})
		if ended := w.Sync(t); ended.State != models.SyncCompleted {
			t.Errorf("the sync is %s: %s", ended.State, ended.Error)
		}
		w.Check(t)
	})
}

// A timeline that nobody can compute is asked for again, at growing distance,
// and is a gap until it is told.
func TestDetails_thatNobodyCanComputeAreAskedForAgain(t *testing.T) {
	t.Parallel()
	for name, untold := range map[string]struct {
		stream models.StreamKind
		query  string
		says   string
		faults func(w *world) []githubsim.Fault
	}{
		"a timeline": {models.StreamIssueEvents, "issueEvents", "1 issues: ", func(w *world) []githubsim.Fault {
			return []githubsim.Fault{
				{Kind: githubsim.PoisonedNode, Node: w.repo.Issue(3).NodeID},
				{Match: "/issues/3/events", Kind: githubsim.HTTPStatus, Status: 502},
			}
		}},
		"a pull request": {models.StreamPullRequestDetails, "pullRequestDetails", "1 pull requests: ", func(w *world) []githubsim.Fault {
			return []githubsim.Fault{
				{Kind: githubsim.PoisonedNode, Node: w.repo.PullRequest(2).NodeID},
				{Match: "/pulls/2/reviews", Kind: githubsim.HTTPStatus, Status: 500},
			}
		}},
		"a commit": {models.StreamCommitDetails, "commitDetails", "1 commits: ", func(w *world) []githubsim.Fault {
			sha := w.repo.Head("").SHA
			return []githubsim.Fault{
				{Kind: githubsim.AdditionsUnavailable, Node: sha},
				{Match: "/commits/" + sha, Kind: githubsim.HTTPStatus, Status: 500},
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databases(t, func(t *testing.T, url string) {
				w := newDeckWorld(t, url, nil)
				for _, fault := range untold.faults(w) {
					w.Sim.Fail(fault)
				}
				if ended := w.Sync(t); ended.State != models.SyncCompleted {
					t.Errorf("the sync is %s: %s", ended.State, ended.Error)
				}
				asks := func(want bool) {
					t.Helper()
					w.Sim.ResetRequests()
					ended := w.Sync(t)
					if asked := w.asked(untold.query) > 0; asked != want || (ended.Repositories > 0) != want || !want && w.Sim.Stats().GraphQLPoints > 3 {
						t.Errorf("after %v it was asked for again: %v, with %+v", w.current, asked, w.Sim.Stats())
					}
					s := w.stream(t, untold.stream)
					if s.Gap.Code != models.PartsUnavailable || !strings.HasPrefix(s.Gap.Detail, untold.says) || s.Checkpoint.CompleteThrough != nil {
						t.Errorf("the stream says %+v and is complete through %v", s.Gap, s.Checkpoint.CompleteThrough)
					}
				}
				asks(true) // most trouble passes
				asks(false)
				w.later(50 * time.Minute)
				asks(false)
				w.later(20 * time.Minute)
				asks(true) // after an hour
				w.later(time.Hour)
				asks(false)
				w.later(2 * time.Hour)
				asks(true) // after two

				w.Sim.Heal()
				w.later(8 * time.Hour)
				w.Sync(t)
				w.Check(t)
				if s := w.stream(t, untold.stream); s.Gap.Code != "" || s.Checkpoint.CompleteThrough == nil {
					t.Errorf("at the end the stream says %+v and is complete through %v", s.Gap, s.Checkpoint.CompleteThrough)
				}
			})
		})
	}
}

// What was just made is listed before GraphQL knows it. REST tells the most of it,
// and the rest is asked for when GraphQL has caught up.
func TestDetails_ofWhatGraphQLDoesNotKnowYetAreWhole(t *testing.T) {
	t.Parallel()
	w := newDeckWorld(t, storetest.SQLiteURL(t), nil)
	w.Sync(t)
	for range 2 { // each time is told for what was just made then
		w.repo.Commit(githubsim.CommitSpec{Author: w.person, Message: "Just now", Additions: 7})
		w.Sim.Fail(githubsim.Fault{Kind: githubsim.NodeLag, For: 2 * time.Minute})
		w.Sync(t)
		w.later(time.Second)
		w.Sync(t)
		s := w.stream(t, models.StreamCommitDetails)
		if s.Gap.Code != models.PartsUnavailable {
			t.Errorf("while time zones are unknown the stream says %+v", s.Gap)
		}
		w.Sim.Heal()
		w.later(6 * time.Minute)
		w.Sync(t)
		w.Check(t)
	}
	if s := w.stream(t, models.StreamCommitDetails); s.Gap.Code != "" || s.Checkpoint.CompleteThrough == nil {
		t.Errorf("at the end the stream says %+v", s.Gap)
	}
}

func TestDetails_ofAnIssueThatIsGoneLeaveNoGap(t *testing.T) {
	t.Parallel()
	w := newDeckWorld(t, storetest.SQLiteURL(t), nil)
	issue := w.repo.Issue(3)
	w.Sim.Fail(githubsim.Fault{Match: "issueEvents", Times: 1, Do: issue.Delete}) // between its list and its events
	w.Sync(t)
	w.later(6 * time.Minute) // GraphQL may have lagged behind the list
	w.Sync(t)
	if s := w.stream(t, models.StreamIssueEvents); s.Gap.Code != "" || s.Checkpoint.CompleteThrough == nil {
		t.Errorf("the stream says %+v", s.Gap)
	}
	if untold := w.untold(t); len(untold) != 1 {
		t.Errorf("unavailable are %q", untold)
	}
	if ended := w.Sync(t); ended.Repositories != 0 {
		t.Error("it is asked for again although it is gone")
	}
	w.Verify(t, true)
	w.Check(t)
}

// A gap closes also when its row is found to be gone by somebody else.
func TestDetails_ofARowThatIsBuriedLeaveNoGap(t *testing.T) {
	t.Parallel()
	w := newDeckWorld(t, storetest.SQLiteURL(t), nil)
	w.Sim.Fail(githubsim.Fault{Kind: githubsim.PoisonedNode, Match: "issueEvents", Node: w.repo.Issue(3).NodeID})
	w.Sim.Fail(githubsim.Fault{Match: "/issues/3/events", Kind: githubsim.HTTPStatus, Status: 502})
	for range 2 {
		w.Sync(t)
	}
	w.repo.Issue(3).Delete()
	w.Verify(t, true)
	w.Sync(t)
	if s := w.stream(t, models.StreamIssueEvents); s.Gap.Code != "" || s.Checkpoint.CompleteThrough == nil {
		t.Errorf("the stream says %+v", s.Gap)
	}
}

// One answer of REST about one commit blocks no other.
func TestDetails_ofOneCommitThatIsTooLargeBlockNoOther(t *testing.T) {
	t.Parallel()
	w := newEmptyWorld(t, githubsim.Config{}, func(w *world) { w.push(25) })
	large, reason := w.repo.Head("").SHA, "Sorry, there are too many files changed to show the diff."
	w.Sim.Fail(githubsim.Fault{Kind: githubsim.AdditionsUnavailable, Node: large})
	w.Sim.Fail(githubsim.Fault{Match: "/commits/" + large, Kind: githubsim.HTTPStatus, Status: http.StatusUnprocessableEntity, Body: `{"message":"` + reason + `"}`})
	if ended := w.Sync(t); ended.State != models.SyncCompleted {
		t.Errorf("the sync is %s: %s", ended.State, ended.Error)
	}
	done := 0
	for _, c := range storetest.ReadCopy(t, w.URL).Commits {
		switch {
		case c.DetailsState == models.DetailsDone:
			done++
		case c.SHA != large || c.DetailsReason != reason || c.CommitDetails.RetryAt != nil:
			t.Errorf("commit %s is %+v", c.SHA, c.CommitDetails)
		}
	}
	if s := w.stream(t, models.StreamCommitDetails); done != 25 || s.Gap.Code != "" || s.Checkpoint.CompleteThrough == nil {
		t.Errorf("%d commits have their details, and the stream says %+v; want 25 and nothing", done, s.Gap)
	}
	if ended := w.Sync(t); ended.Repositories != 0 {
		t.Error("it is asked for again although GitHub will never tell")
	}
}

// A value that nobody can read costs that value, and is noted.
func TestDetails_withAValueThatNobodyCanRead(t *testing.T) {
	t.Parallel()
	t.Run("a zone that no clock has", func(t *testing.T) {
		t.Parallel()
		at := time.Date(2018, 1, 26, 8, 30, 2, 0, time.FixedZone("", -(34*3600+7*60)))
		w := newEmptyWorld(t, githubsim.Config{}, func(w *world) {
			pull := w.repo.OpenPullRequest(githubsim.PullRequestSpec{Author: w.person, Commits: []githubsim.CommitSpec{{Author: w.person, AuthoredAt: at}}})
			for range 5 {
				pull.Review(githubsim.ReviewSpec{Author: w.person, State: "COMMENTED"})
			}
		})
		if ended := w.Sync(t); ended.State != models.SyncCompleted {
			t.Errorf("the sync is %s: %s", ended.State, ended.Error)
		}
		stored := storetest.ReadCopy(t, w.URL)
		for _, c := range stored.Commits {
			if odd := c.AuthoredAt.Equal(at); odd != (c.AuthoredOffset == nil) || c.DetailsState != models.DetailsDone {
				t.Errorf("a commit of %v is %+v", c.AuthoredAt, c.CommitDetails)
			}
		}
		if len(stored.Reviews) != 5 || len(stored.Unreadable) != 2 { // with the pull request, and with the commit
			t.Errorf("%d reviews, and noted is %+v; want 5 and 2", len(stored.Reviews), stored.Unreadable)
		}
		truth := w.Sim.Truth("acme")
		withoutQueries(&truth, &stored)
		if diff := synctest.Diff(truth, stored); diff != "" {
			t.Error(diff)
		}
	})
	for field, bad := range map[string]struct {
		value string
		node  func(w *world) string
	}{
		"updatedAt": {"yesterday", func(w *world) string { return w.repo.PullRequest(2).NodeID }},
		"additions": {"many", func(w *world) string { return w.repo.PullRequest(2).NodeID }},
		"createdAt": {"0000-00-00T00:00:00Z", func(w *world) string { return w.org.Repository("repository").NodeID }},
		"number":    {"three", func(w *world) string { return w.repo.Issue(3).NodeID }},
	} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			w := newDeckWorld(t, storetest.SQLiteURL(t), nil)
			w.Sim.Fail(githubsim.Fault{Kind: githubsim.UnreadableValue, Node: bad.node(w), Field: field, Error: bad.value})
			if ended := w.Sync(t); ended.State != models.SyncCompleted {
				t.Errorf("the sync is %s: %s", ended.State, ended.Error)
			}
			if untold := w.untold(t); len(untold) > 0 {
				t.Errorf("unavailable are %q", untold)
			}
			w.Check(t)
		})
	}
}

// An Enterprise Server that does not know a field of a query is asked through
// REST for what that query is for.
func TestSync_withAnOlderSchema(t *testing.T) {
	t.Parallel()
	for name, unknown := range map[string][]string{
		"visibility":         {"Repository.visibility", "RepositoryInfo.visibility"},
		"full ids":           {"PullRequest.fullDatabaseId", "PullRequestReview.fullDatabaseId"},
		"changed files":      {"Commit.changedFilesIfAvailable"},
		"reasons of closing": {"ClosedEvent.stateReason"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newEmptyWorld(t, githubsim.Config{UnknownFields: unknown}, func(w *world) {
				w.workOf(w.person)
				w.reviewed(2)
			})
			ended, err := w.TrySync(t)
			if err != nil || ended.State != models.SyncCompleted {
				t.Errorf("the sync is %s: %s, %v", ended.State, ended.Error, err)
			}
			stored := storetest.ReadCopy(t, w.URL)
			if visibility := stored.Repositories[0].Visibility; visibility != "private" {
				t.Errorf("the private repository is %q", visibility)
			}
			w.except(t, name == "changed files")
		})
	}
}

// Where GraphQL is refused, a sync asks REST for a bounded number of timelines,
// and the stream says that the others are still to be read.
func TestIssueEvents_costABoundedNumberOfRequestsWhereGraphQLIsRefused(t *testing.T) {
	t.Parallel()
	w := newEmptyWorld(t, githubsim.Config{}, func(w *world) { w.openIssues(120) })
	w.Sim.Fail(githubsim.Fault{Kind: githubsim.GraphQLRefused})
	for _, left := range []bool{true, true, false} {
		w.Sim.ResetRequests()
		if ended := w.Sync(t); ended.State != models.SyncCompleted {
			t.Errorf("the sync is %s: %s", ended.State, ended.Error)
		}
		if n := w.asked("/events"); n == 0 || n > 50 {
			t.Errorf("%d timelines were asked for", n)
		}
		s := w.stream(t, models.StreamIssueEvents)
		if (s.Gap.Code == models.GraphQLRefused) != left || (s.Checkpoint.CompleteThrough == nil) != left {
			t.Errorf("the stream says %+v and is complete through %v", s.Gap, s.Checkpoint.CompleteThrough)
		}
		w.later(15 * time.Minute)
	}
	w.except(t, true)
}

func TestDiagnose_saysOnceThatGraphQLIsRefused(t *testing.T) {
	t.Parallel()
	w := newEmptyWorld(t, githubsim.Config{UnknownFields: []string{"ClosedEvent.stateReason"}}, nil)
	found := func() (details []string) {
		_, err := w.Activities.Diagnose(t.Context(), activities.DiagnoseInput{IntegrationID: w.Integration.ID})
		check(t, err)
		rows, err := w.Store.Diagnostics(t.Context(), w.Integration.ID)
		check(t, err)
		for _, row := range rows {
			if row.Code == models.GraphQLRefused {
				details = append(details, row.Detail)
			}
		}
		return details
	}
	if details := found(); len(details) != 1 || !strings.Contains(details[0], "Field 'stateReason' doesn't exist on type 'ClosedEvent'") {
		t.Errorf("of an older schema it says %q", details)
	}
	w.later(time.Hour)
	w.Sim.Fail(githubsim.Fault{Kind: githubsim.GraphQLRefused})
	if details := found(); len(details) != 1 || !strings.Contains(details[0], "GraphQL is not available here.") {
		t.Errorf("of a refused endpoint it says %q", details)
	}
}

// A repository whose lists GraphQL never computes costs neither the others nor
// its own rows.
func TestSync_readsARepositoryThatTheProbeNeverComputes(t *testing.T) {
	t.Parallel()
	for name, others := range map[string]int{"alone": 0, "among others": 3} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newDeckWorld(t, storetest.SQLiteURL(t), func(w *world) {
				for n := range others {
					w.org.AddRepository(fmt.Sprint("other-", n)).Commit(githubsim.CommitSpec{Author: w.person})
				}
			})
			w.Sim.Fail(githubsim.Fault{Match: "probeRepositories", Kind: githubsim.PoisonedNode, Node: w.repo.NodeID})
			w.Sync(t)
			w.except(t, false)
			w.workOf(w.person)
			w.later(time.Hour)
			w.Sync(t)
			w.except(t, false)
		})
	}
}
