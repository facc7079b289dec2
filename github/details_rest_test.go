package github_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tributary/github"
	"tributary/githubsim"
)

func TestCommitDetails_countsThroughRESTWhatGraphQLDoesNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	repo := w.AddOrganization("acme").AddRepository("api")
	zone := time.FixedZone("", 5*3600+1800)
	var commits []github.CommitRef
	for i, files := range []int{1, 100, 101, 250, 2999, 3000} {
		c := repo.Commit(githubsim.CommitSpec{Author: w.viewer, Additions: 10 + i, Deletions: i, ChangedFiles: files, AuthoredAt: time.Now().In(zone)})
		commits = append(commits, github.CommitRef{NodeID: githubsim.CommitNodeID(repo.ID, c.SHA), SHA: c.SHA})
		w.Fail(githubsim.Fault{Kind: githubsim.AdditionsUnavailable, Node: c.SHA})
	}
	check := func(wantZones bool) {
		t.Helper()
		details, err := w.client.CommitDetails(t.Context(), repo.ID, commits)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []int{1, 100, 101, 250, 2999, 0} {
			d := details[i]
			if d.Unavailable != "" || d.SHA != commits[i].SHA || d.Additions != 10+i || d.Deletions != i || (i > 0 && !slices.Equal(d.Parents, []string{commits[i-1].SHA})) {
				t.Errorf("commit %d: %+v", i, d)
			}
			if got := d.ChangedFiles; (got == nil) != (want == 0) || (got != nil && *got != want) {
				t.Errorf("commit %d has %v files, want %d", i, got, want) // GitHub lists 3,000 at most
			}
			if _, offset := d.AuthoredAt.Zone(); d.AuthoredAt.IsZero() == wantZones || (wantZones && offset != 5*3600+1800) {
				t.Errorf("commit %d was written at %v", i, d.AuthoredAt)
			}
		}
	}
	check(true)
	w.ResetRequests()
	w.Fail(githubsim.Fault{Kind: githubsim.GraphQLRefused})
	check(false)
	if stats := w.Stats(); stats.GraphQLRequests != 2 || stats.RESTRequests != 11 { // a full page may not be the last
		t.Errorf("%d queries and %d requests through REST, want 2 and 11", stats.GraphQLRequests, stats.RESTRequests)
	}
}

func TestCommitDetails_areUnavailableWhenRESTRefusesToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.AddOrganization("acme")
	org.AddMember(w.viewer, "member")
	repo := org.AddRepository("api", githubsim.RepositorySettings{Private: true})
	var commits []github.CommitRef
	for range 5 {
		c := repo.Commit(githubsim.CommitSpec{Author: w.viewer, Additions: 3})
		commits = append(commits, github.CommitRef{NodeID: githubsim.CommitNodeID(repo.ID, c.SHA), SHA: c.SHA})
	}
	commits = append(commits, github.CommitRef{NodeID: "C_none", SHA: strings.Repeat("ab", 20)})
	tooMany := "Sorry, there were too many files changed."
	w.Fail(githubsim.Fault{Kind: githubsim.AdditionsUnavailable, Node: commits[1].SHA})
	w.Fail(githubsim.Fault{Kind: githubsim.PoisonedNode, Node: commits[2].NodeID})
	w.Fail(githubsim.Fault{Kind: githubsim.AdditionsUnavailable, Node: commits[3].SHA})
	w.Fail(githubsim.Fault{Match: "/commits/" + commits[3].SHA, Kind: githubsim.HTTPStatus, Status: 422, Body: `{"message":"` + tooMany + `"}`})
	unavailable := func(want map[int]github.Absence) {
		t.Helper()
		details, err := w.client.CommitDetails(t.Context(), repo.ID, commits)
		if err != nil {
			t.Fatal(err)
		}
		for i, d := range details {
			if !strings.HasPrefix(d.Unavailable, want[i].Unavailable) || d.Gone != want[i].Gone || d.Permanent != want[i].Permanent || (want[i].Unavailable == "") != (d.Additions == 3) {
				t.Errorf("commit %d: %+v, want %+v", i, d, want[i])
			}
		}
	}
	never := github.Absence{Unavailable: tooMany, Permanent: true}
	unavailable(map[int]github.Absence{3: never, 5: {Unavailable: "Could not resolve to a node", Gone: true}})

	for _, i := range []int{1, 2} {
		w.Fail(githubsim.Fault{Match: "/commits/" + commits[i].SHA, Kind: githubsim.HTTPStatus, Status: 502})
	}
	w.Fail(githubsim.Fault{Kind: githubsim.GraphQLRefused})
	bad := github.Absence{Unavailable: "Bad Gateway"}
	unavailable(map[int]github.Absence{1: bad, 2: bad, 3: never, 5: {Unavailable: "No commit found for SHA", Gone: true}})
	w.Heal()

	// One failure of REST does not concern the others.
	for _, status := range []int{403, 404, 409, 410, 422, 500, 502, 504} {
		w.Heal()
		w.Fail(githubsim.Fault{Kind: githubsim.AdditionsUnavailable, Node: commits[1].SHA})
		w.Fail(githubsim.Fault{Match: "/commits/" + commits[1].SHA, Kind: githubsim.HTTPStatus, Status: status})
		details, err := w.client.CommitDetails(t.Context(), repo.ID, commits[:5])
		if err != nil || details[1].Unavailable == "" || details[0].Additions != 3 || details[4].Additions != 3 {
			t.Errorf("a %d: %+v, %v", status, details, err)
		}
	}
	w.Heal()

	org.RemoveMember(w.viewer)
	if got := refused(t, second(w.client.CommitDetails(t.Context(), repo.ID, commits))); got.Kind != github.NotFound {
		t.Errorf("without access: %v", got)
	}
}

func TestCommitDetails_blameNoCommitForAnOutageOfREST(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	repo := w.AddOrganization("acme").AddRepository("api")
	var commits []github.CommitRef
	for range 40 {
		c := repo.Commit(githubsim.CommitSpec{Author: w.viewer, Additions: 3})
		commits = append(commits, github.CommitRef{NodeID: githubsim.CommitNodeID(repo.ID, c.SHA), SHA: c.SHA})
	}
	w.Fail(githubsim.Fault{Kind: githubsim.GraphQLRefused})
	w.Fail(githubsim.Fault{Match: "/commits/", Kind: githubsim.HTTPStatus, Status: 502})
	if got := refused(t, second(w.client.CommitDetails(t.Context(), repo.ID, commits))); !got.Temporary() {
		t.Errorf("in an outage: %v", got)
	}
	if stats := w.Stats(); stats.RESTRequests >= 20 {
		t.Errorf("%d requests in an outage", stats.RESTRequests)
	}
}

func TestPullRequestDetails_areTheSameThroughREST(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.Populate(githubsim.Workload{Commits: 20, PullRequests: 20, CommitsPerPullRequest: 2, ReviewsPerPullRequest: 2, CommentsPerPullRequest: 1})
	repo := org.Repository("repository")
	bot, ghost := w.AddBot("renovate[bot]"), w.AddUser("leaver")
	spec := githubsim.PullRequestSpec{Title: "Large", Author: bot}
	for range 130 {
		spec.Commits = append(spec.Commits, githubsim.CommitSpec{Author: w.viewer}) // only REST knows the account of a bot's commits
	}
	large := repo.OpenPullRequest(spec)
	for range 110 {
		large.Review(githubsim.ReviewSpec{Author: ghost})
	}
	large.Merge(githubsim.MergeSpec{By: bot})
	ghost.Delete()
	truth := w.Truth(org.Login()).Repositories[0]
	pulls := pullRequestRefs(truth.PullRequests)
	want, err := w.client.PullRequestDetails(t.Context(), repo.ID, pulls)
	if err != nil {
		t.Fatal(err)
	}
	w.ResetRequests()

	w.Fail(githubsim.Fault{Kind: githubsim.GraphQLRefused})
	got, err := w.client.PullRequestDetails(t.Context(), repo.ID, pulls)
	if err != nil {
		t.Fatal(err)
	}
	untold := cmpopts.IgnoreFields(github.Review{}, "CreatedAt", "UpdatedAt")
	if diff := cmp.Diff(want, got, untold, cmpopts.IgnoreUnexported(github.Absence{})); diff != "" {
		t.Error(diff)
	}
	if stats := w.Stats(); stats.GraphQLRequests != 1 || stats.RESTRequests != 3*len(pulls)+2 {
		t.Errorf("%d queries and %d requests through REST for %d pull requests", stats.GraphQLRequests, stats.RESTRequests, len(pulls))
	}

	w.Fail(githubsim.Fault{Match: fmt.Sprintf("/pulls/%d/reviews", large.Number), Kind: githubsim.HTTPStatus, Status: 502})
	got, err = w.client.PullRequestDetails(t.Context(), repo.ID, pulls)
	if err != nil || got[len(got)-1].Unavailable == "" || got[0].Unavailable != "" {
		t.Fatalf("one that GitHub fails at: %+v, %v", got[len(got)-1], err)
	}
	w.Fail(githubsim.Fault{Match: "/reviews", Times: 1, Kind: githubsim.SecondaryLimit})
	var limit *github.RateLimitError
	if _, err := w.client.PullRequestDetails(t.Context(), repo.ID, pulls); !errors.As(err, &limit) {
		t.Errorf("a limit: %v", err)
	}
}
