package githubsim_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"tributary/githubsim"
)

func TestReferenceWorkload_hasTheSizesThatCostsAreMeasuredOn(t *testing.T) {
	t.Parallel()
	sim := githubsim.New(githubsim.Config{})
	sim.Populate(githubsim.ReferenceWorkload())
	r := sim.Truth("acme").Repositories[0]
	onDefault := 0
	for _, c := range r.Commits {
		if c.OnDefaultBranch {
			onDefault++
		}
	}
	got := []int{onDefault, len(r.PullRequests), len(r.Reviews), len(r.ReviewComments), len(r.Issues), len(r.IssueComments)}
	if want := []int{1000, 1000, 2000, 2000, 1000, 6000}; !reflect.DeepEqual(got, want) {
		t.Errorf("commits, pull requests, reviews, line comments, issues, comments: %v, want %v", got, want)
	}
}

func TestPopulate_isDeterministic(t *testing.T) {
	t.Parallel()
	build := func(seed int64) githubsim.Truth {
		sim := githubsim.New(githubsim.Config{Now: newClock().Now})
		sim.Populate(githubsim.Workload{Seed: seed, Repositories: 2, Commits: 20, PullRequests: 10, ReviewsPerPullRequest: 1, Issues: 5, CommentsPerIssue: 1})
		return sim.Truth("acme")
	}
	if !reflect.DeepEqual(build(1), build(1)) {
		t.Error("one seed made two worlds")
	}
	if reflect.DeepEqual(build(1), build(2)) {
		t.Error("two seeds made one world")
	}
}

func TestSmallWorkload_hasOtherPeopleInEachRepositoryAndABot(t *testing.T) {
	t.Parallel()
	sim := githubsim.New(githubsim.Config{})
	sim.Populate(githubsim.SmallWorkload(9))
	truth := sim.Truth("acme")
	bots := map[int64]bool{}
	for _, a := range truth.Accounts {
		bots[a.ID] = a.Type == githubsim.TypeBot
	}
	seen := map[string]bool{}
	for _, r := range truth.Repositories {
		authors, opened := map[int64]bool{}, 0
		for _, c := range r.Commits {
			authors[c.AuthorID] = true
		}
		for _, p := range r.PullRequests {
			opened += count(bots[p.AuthorID])
		}
		if opened != 1 || len(r.Reviews) != 10 || len(r.IssueComments) != 30 {
			t.Errorf("%s: %d pull requests of a bot, %d reviews, %d comments", r.Name, opened, len(r.Reviews), len(r.IssueComments))
		}
		seen[fmt.Sprint(authors)] = true
	}
	if len(truth.Repositories) != 9 || len(seen) < 9 {
		t.Errorf("%d repositories of %d teams, want 9 of 9", len(truth.Repositories), len(seen))
	}
}

func TestPopulate_landsCommitsInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	w.sim.Populate(githubsim.ReferenceWorkload())
	var last string
	for _, c := range w.all("/repos/acme/repository/commits?per_page=100", "commit") {
		date := c.(object)["committer"].(object)["date"].(string)
		if last != "" && date > last {
			t.Fatalf("a commit of %s follows one of %s", date, last)
		}
		last = date
	}
}

func TestPopulateDemo_isVariedAndQuick(t *testing.T) {
	t.Parallel()
	sim := githubsim.New(githubsim.Config{})
	sim.PopulateDemo("acme")
	truth := sim.Truth("acme")
	var empty, private, archived, forks, withoutIssues, mannequins, bots int
	for _, r := range truth.Repositories {
		empty += count(r.HeadSHA == "")
		private += count(r.Private)
		archived += count(r.Archived)
		forks += count(r.Fork)
		withoutIssues += count(r.IssuesDisabled)
	}
	for _, a := range truth.Accounts {
		mannequins += count(a.Type == githubsim.TypeMannequin)
		bots += count(a.Type == githubsim.TypeBot)
	}
	if len(truth.Repositories) < 30 || min(empty, private, archived, forks, withoutIssues, mannequins, bots) == 0 {
		t.Errorf("%d repositories: %d empty, %d private, %d archived, %d forks, %d without issues; %d mannequins, %d bots",
			len(truth.Repositories), empty, private, archived, forks, withoutIssues, mannequins, bots)
	}
}

// TestPopulateDemo_isAliveUntilNow: last week is not empty, nor the last minutes, and nothing is so young that it is
// read again.
func TestPopulateDemo_isAliveUntilNow(t *testing.T) {
	t.Parallel()
	sim := githubsim.New(githubsim.Config{})
	began := time.Now()
	sim.PopulateDemo("acme")
	now, truth := time.Now(), sim.Truth("acme")
	week := map[string]int{}
	var newest time.Time
	look := func(kind string, at time.Time) {
		if at.After(now.AddDate(0, 0, -7)) && !at.After(now) {
			week[kind]++
		}
		if at.After(newest) && at.Before(now.AddDate(1, 0, 0)) {
			newest = at
		}
	}
	for _, r := range truth.Repositories {
		for _, c := range r.Commits {
			look("commits", c.AuthoredAt)
		}
		for _, p := range r.PullRequests {
			look("pull requests", p.CreatedAt)
		}
		for _, v := range r.Reviews {
			look("reviews", v.SubmittedAt)
		}
		for _, i := range r.Issues {
			look("issues", i.CreatedAt)
		}
		for _, c := range r.IssueComments {
			look("comments", c.CreatedAt)
		}
		for _, e := range r.IssueEvents {
			look(e.Event, e.CreatedAt)
		}
	}
	for kind, least := range map[string]int{"commits": 20, "pull requests": 20, "reviews": 20, "issues": 20, "comments": 20, "closed": 5, "reopened": 5} {
		if week[kind] < least {
			t.Errorf("%d %s in the last week, want %d", week[kind], kind, least)
		}
	}
	if age := began.Sub(newest); age < 55*time.Second || age > 5*time.Minute {
		t.Errorf("the newest is %s old, want a minute or a few", age)
	}
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

func TestTruth_knowsWhichCommitsOnlyPullRequestsHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	r := w.org.AddRepository("api")
	r.Commit(githubsim.CommitSpec{Author: w.user, AuthoredAt: day(1)})
	squashed := r.OpenPullRequest(githubsim.PullRequestSpec{Author: w.user, Title: "S", Commits: []githubsim.CommitSpec{{Message: "s"}}})
	squashed.Merge(githubsim.MergeSpec{By: w.user, Method: githubsim.Squash})
	merged := r.OpenPullRequest(githubsim.PullRequestSpec{Author: w.user, Title: "M", Commits: []githubsim.CommitSpec{{Message: "m"}}})
	merged.Merge(githubsim.MergeSpec{By: w.user})
	rebased := r.OpenPullRequest(githubsim.PullRequestSpec{Author: w.user, Title: "R", Commits: []githubsim.CommitSpec{{Message: "r1"}, {Message: "r2"}}})
	rebased.Merge(githubsim.MergeSpec{By: w.user, Method: githubsim.Rebase})
	onDefault := map[string]int{}
	elsewhere := map[string]int{}
	for _, c := range w.sim.Truth("acme").Repositories[0].Commits {
		if c.OnDefaultBranch {
			onDefault[c.Message]++
		} else {
			elsewhere[c.Message]++
		}
	}
	if !reflect.DeepEqual(elsewhere, map[string]int{"s": 1, "r1": 1, "r2": 1}) || onDefault["m"] != 1 || onDefault["r1"] != 1 || len(onDefault) != 6 {
		t.Errorf("on the default branch %v, only in pull requests %v", onDefault, elsewhere)
	}
}

func TestForcePush_movesThePullRequestAndLosesCommits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	r := w.org.AddRepository("api")
	first := r.Commit(githubsim.CommitSpec{Author: w.user, AuthoredAt: day(1)})
	lost := r.Commit(githubsim.CommitSpec{Author: w.user, AuthoredAt: day(2)})
	r.ForcePush("", first.SHA)
	if got := w.all("/repos/acme/api/commits", "sha"); len(got) != 1 {
		t.Errorf("after the force push %v", got)
	}
	w.get("/repos/acme/api/commits/"+lost.SHA).expect(t, 200) // GitHub keeps what nobody reaches
	p := r.OpenPullRequest(githubsim.PullRequestSpec{Author: w.user, Title: "P", HeadRef: "topic", CreatedAt: day(3), Commits: []githubsim.CommitSpec{{Message: "a", Additions: 5}}})
	again := r.Commit(githubsim.CommitSpec{Branch: "other", Parents: []*githubsim.Commit{first}, Author: w.user, Message: "b", Additions: 7, AuthoredAt: time.Now()})
	r.ForcePush("topic", again.SHA)
	if got := decoded[object](t, w.get("/repos/acme/api/pulls/1")); p.HeadSHA() != again.SHA || got["additions"] != 7.0 || got["commits"] != 1.0 {
		t.Errorf("head %s, additions %v, commits %v", p.HeadSHA(), got["additions"], got["commits"])
	}
}
