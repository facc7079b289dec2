package github_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tributary/github"
	"tributary/githubsim"
)

// happenings fills a repository with every kind of event and returns all its objects.
func (w *world) happenings(repo *githubsim.Repository) []github.IssueRef {
	bot, ghost := w.AddBot("renovate[bot]"), w.AddUser("ghost-to-be")
	commit := repo.Commit(githubsim.CommitSpec{Author: w.viewer, Message: "Fixes #2"})
	issue := repo.OpenIssue(githubsim.IssueSpec{Title: "Labelled", Author: w.viewer, Labels: []string{"bug"}, Assignees: []*githubsim.User{bot}})
	issue.Unlabel("bug", bot)
	issue.Assign(w.viewer, w.viewer, ghost)
	issue.Unassign(bot, w.viewer)
	issue.Close(ghost, "not_planned")
	issue.Reopen(w.viewer)
	issue.Close(w.viewer, "duplicate")
	issue.Edit("A title that is no event of ours", "")
	fixed := repo.OpenIssue(githubsim.IssueSpec{Title: "Fixed", Author: bot})
	fixed.CloseByCommit(commit)
	quiet := repo.OpenIssue(githubsim.IssueSpec{Title: "Quiet", Author: bot})
	pull := repo.OpenPullRequest(githubsim.PullRequestSpec{Title: "Change", Author: bot, Draft: true, Commits: make([]githubsim.CommitSpec, 1)})
	pull.SetDraft(false)
	pull.SetDraft(true, w.viewer)
	pull.SetDraft(false)
	pull.RequestReview(bot, w.viewer)
	pull.RequestTeamReview(bot, "Platform Team")
	pull.Label("ready", w.viewer)
	pull.Merge(githubsim.MergeSpec{By: w.viewer, Method: githubsim.Squash})
	ghost.Delete()
	return []github.IssueRef{issueRef(issue), issueRef(fixed), issueRef(quiet), {NodeID: pull.NodeID, Number: pull.Number}}
}

func issueRef(i *githubsim.Issue) github.IssueRef {
	return github.IssueRef{NodeID: i.NodeID, Number: i.Number}
}

// truths are the events of the simulator's truth.
func truths(events []github.IssueEvents) []githubsim.IssueEventTruth {
	var truths []githubsim.IssueEventTruth
	for _, object := range events {
		for _, e := range object.Events {
			truth := githubsim.IssueEventTruth{NodeID: e.NodeID, Number: object.Number, Event: e.Event, Subject: e.Subject,
				StateReason: e.StateReason, CommitSHA: e.CommitSHA, CreatedAt: e.CreatedAt}
			if e.Actor != nil {
				truth.ActorID, truth.ActorLogin = e.Actor.ID, e.Actor.Login
			}
			if e.SubjectActor != nil {
				truth.SubjectID = e.SubjectActor.ID
			}
			truths = append(truths, truth)
		}
	}
	return truths
}

func byNodeID(a, b githubsim.IssueEventTruth) int { return cmp.Compare(a.NodeID, b.NodeID) }

func TestIssueEvents_tellsWhatHappened(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	repo := w.AddOrganization("acme").AddRepository("api")
	ids := w.happenings(repo)

	read, err := w.client.IssueEvents(t.Context(), repo.ID, repo.NodeID, ids)
	if err != nil {
		t.Fatal(err)
	}
	got, want := truths(read), w.Truth("acme").Repositories[0].IssueEvents
	kinds := map[string]bool{}
	for _, e := range got {
		kinds[e.Event] = true
	}
	slices.SortFunc(got, byNodeID)
	slices.SortFunc(want, byNodeID)
	if diff := gocmp.Diff(want, got); diff != "" || len(kinds) != 10 {
		t.Errorf("%d kinds of events: %s", len(kinds), diff)
	}
	pull := w.Truth("acme").Repositories[0].PullRequests[0]
	if e := read[3]; e.NodeID != ids[3].NodeID || e.Number != pull.Number || !e.UpdatedAt.Equal(pull.UpdatedAt) {
		t.Errorf("the pull request is %s, number %d, updated %v", e.NodeID, e.Number, e.UpdatedAt)
	}
}

func TestIssueEvents_costOnePointForFifty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	repo := w.AddOrganization("acme").AddRepository("api")
	var ids []github.IssueRef
	for i := range 120 {
		issue := repo.OpenIssue(githubsim.IssueSpec{Title: fmt.Sprint(i), Author: w.viewer})
		for n := range 8 {
			issue.Label(fmt.Sprint("label-", n))
		}
		ids = append(ids, issueRef(issue))
	}
	var usage github.Usage
	ctx := github.WithUsage(t.Context(), &usage)

	read, err := w.client.IssueEvents(ctx, repo.ID, repo.NodeID, ids)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range read {
		if e.NodeID != ids[i].NodeID || len(e.Events) != 8 {
			t.Fatalf("issue %d has %d events, want 8", i, len(e.Events))
		}
	}
	if spent := usage.Take(); spent.Requests != 3 || spent.GraphQLPoints != 3 || w.Stats().GraphQLPoints != 3 {
		t.Errorf("spent %+v, charged %d points; want 3 requests of one point", spent, w.Stats().GraphQLPoints)
	}
}

func TestIssueEvents_readsEveryPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	repo := w.AddOrganization("acme").AddRepository("api")
	small := repo.OpenIssue(githubsim.IssueSpec{Author: w.viewer, Labels: []string{"bug"}})
	large := repo.OpenIssue(githubsim.IssueSpec{Author: w.viewer})
	for n := range 230 {
		large.Label(fmt.Sprint("label-", n))
	}
	var usage github.Usage
	read, err := w.client.IssueEvents(github.WithUsage(t.Context(), &usage), repo.ID, repo.NodeID, []github.IssueRef{issueRef(small), issueRef(large)})
	if err != nil {
		t.Fatal(err)
	}
	if last := read[1].Events[229]; len(read[1].Events) != 230 || last.Subject != "label-229" || len(read[0].Events) != 1 {
		t.Errorf("%d and %d events, the last %+v", len(read[0].Events), len(read[1].Events), last)
	}
	if spent := usage.Take(); spent.Requests != 3 || spent.GraphQLPoints != 3 {
		t.Errorf("spent %+v, want 3 requests of one point", spent)
	}
}

func TestIssueEvents_tellsGoneFromHidden(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.AddOrganization("acme")
	org.AddMember(w.viewer, "member")
	repo := org.AddRepository("api", githubsim.RepositorySettings{Private: true})
	one, other := repo.OpenIssue(githubsim.IssueSpec{Author: w.viewer}), repo.OpenIssue(githubsim.IssueSpec{Author: w.viewer})
	ids := []github.IssueRef{issueRef(one), issueRef(other)}
	one.Delete()
	other.Delete()

	read, err := w.client.IssueEvents(t.Context(), repo.ID, repo.NodeID, ids)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range read {
		if !e.Gone || !strings.Contains(e.Unavailable, "Could not resolve") {
			t.Errorf("a deleted issue is %+v", e)
		}
	}

	org.RemoveMember(w.viewer)
	if got := refused(t, second(w.client.IssueEvents(t.Context(), repo.ID, repo.NodeID, ids))); got.Kind != github.NotFound {
		t.Errorf("without access: %v", got)
	}
}

func TestIssueEvents_goOnAroundTrouble(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	repo := w.AddOrganization("acme").AddRepository("api")
	var ids []github.IssueRef
	for range 9 {
		ids = append(ids, issueRef(repo.OpenIssue(githubsim.IssueSpec{Author: w.viewer, Labels: []string{"bug"}})))
	}
	w.Fail(githubsim.Fault{Kind: githubsim.PoisonedNode, Node: ids[4].NodeID})
	for _, failing := range []bool{false, true} {
		read, err := w.client.IssueEvents(t.Context(), repo.ID, repo.NodeID, ids)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range read {
			if bad := i == 4 && failing; e.Gone || e.Permanent || (e.Unavailable != "") != bad || (len(e.Events) == 1) == bad || e.ThroughREST != (i == 4 && !failing) {
				t.Errorf("issue %d: %+v", i, e)
			}
		}
		w.Fail(githubsim.Fault{Match: fmt.Sprintf("/issues/%d/events", ids[4].Number), Kind: githubsim.HTTPStatus, Status: 502})
	}
}

func TestIssueEvents_areTheSameThroughREST(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	repo := w.AddOrganization("acme").AddRepository("api")
	ids := w.happenings(repo)
	large := repo.OpenIssue(githubsim.IssueSpec{Author: w.viewer})
	for n := range 230 {
		large.Label(fmt.Sprint("label-", n))
	}
	ids = append(ids, issueRef(large))
	want, err := w.client.IssueEvents(t.Context(), repo.ID, repo.NodeID, ids)
	if err != nil {
		t.Fatal(err)
	}
	w.ResetRequests()
	w.Fail(githubsim.Fault{Kind: githubsim.GraphQLRefused})
	got, err := w.client.IssueEvents(t.Context(), repo.ID, repo.NodeID, ids)
	if err != nil {
		t.Fatal(err)
	}
	untold := gocmp.Options{cmpopts.IgnoreUnexported(github.Absence{}), cmpopts.IgnoreFields(github.IssueEvents{}, "UpdatedAt", "ThroughREST"), cmpopts.IgnoreFields(github.IssueEvent{}, "LabelNodeID")}
	if diff := gocmp.Diff(want, got, untold); diff != "" {
		t.Error(diff)
	}
	if stats := w.Stats(); stats.GraphQLRequests != 1 || stats.RESTRequests != len(ids)+2 {
		t.Errorf("%d queries and %d requests through REST for %d timelines", stats.GraphQLRequests, stats.RESTRequests, len(ids))
	}
}

func TestIssueEvents_keepsWhatATokenWithoutTeamsMaySee(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	repo := w.AddOrganization("acme").AddRepository("api")
	ids := w.happenings(repo)
	scopeless := w.as(w.IssueToken(w.viewer, githubsim.Token{Scopes: []string{"repo"}}))
	read, err := scopeless.IssueEvents(t.Context(), repo.ID, repo.NodeID, ids)
	if err != nil {
		t.Fatal(err)
	}
	var asked []string
	for _, e := range read[3].Events {
		if e.Event == "review_requested" {
			asked = append(asked, e.Subject)
		}
	}
	if want := []string{"octocat", ""}; !slices.Equal(asked, want) {
		t.Errorf("asked for a review: %q, want %q", asked, want)
	}
}
