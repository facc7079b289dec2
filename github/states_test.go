package github_test

import (
	"slices"
	"testing"
	"time"

	"tributary/github"
	"tributary/githubsim"
)

func TestStates_showWhatIsThereForOnePoint(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.Populate(githubsim.Workload{PullRequests: 100, ReviewsPerPullRequest: 2, ReviewCommentsPerPullRequest: 1, CommentsPerPullRequest: 1, Issues: 100, CommentsPerIssue: 2})
	truth := w.Truth(org.Login()).Repositories[0]
	var usage github.Usage
	ctx := github.WithUsage(t.Context(), &usage)
	onePoint := func(what string, requests int64) {
		t.Helper()
		if spent := usage.Take(); spent.Requests != requests || spent.GraphQLPoints != requests {
			t.Errorf("%s: spent %+v, want %d requests of one point", what, spent, requests)
		}
	}

	pulls, err := w.client.PullRequestStates(ctx, truth.NodeID, nodeIDs(truth.PullRequests, func(p githubsim.PullRequestTruth) string { return p.NodeID }))
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range truth.PullRequests {
		want := github.PullRequestState{NodeID: p.NodeID, Number: p.Number, UpdatedAt: p.UpdatedAt, ReviewsTotal: 2, CommentsTotal: 1}
		if pulls[i] != want {
			t.Fatalf("got %+v, want %+v", pulls[i], want)
		}
	}
	onePoint("pull requests", 1)

	issues, err := w.client.IssueStates(ctx, truth.NodeID, nodeIDs(truth.Issues, func(i githubsim.IssueTruth) string { return i.NodeID }))
	if err != nil {
		t.Fatal(err)
	}
	for n, i := range truth.Issues {
		if want := (github.IssueState{NodeID: i.NodeID, Number: i.Number, UpdatedAt: i.UpdatedAt, CommentsTotal: 2}); issues[n] != want {
			t.Fatalf("got %+v, want %+v", issues[n], want)
		}
	}
	onePoint("issues", 1)

	var want []github.CommentState
	for _, c := range truth.IssueComments {
		want = append(want, github.CommentState{NodeID: c.NodeID, UpdatedAt: c.UpdatedAt})
	}
	for _, c := range truth.ReviewComments {
		want = append(want, github.CommentState{NodeID: c.NodeID, UpdatedAt: c.UpdatedAt})
	}
	comments, err := w.client.CommentStates(ctx, truth.NodeID, nodeIDs(want, func(c github.CommentState) string { return c.NodeID }))
	if err != nil || !slices.Equal(comments, want) {
		t.Errorf("%d comments, %v; want the %d there are", len(comments), err, len(want))
	}
	onePoint("400 comments", 4)
}

func nodeIDs[T any](rows []T, id func(T) string) []string {
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = id(row)
	}
	return ids
}

func TestStates_tellGoneFromHidden(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.AddOrganization("acme")
	org.AddMember(w.viewer, "member")
	repo := org.AddRepository("api", githubsim.RepositorySettings{Private: true})
	pull := repo.OpenPullRequest(githubsim.PullRequestSpec{Author: w.viewer, Commits: make([]githubsim.CommitSpec, 1)})
	line := pull.ReviewComment(githubsim.ReviewCommentSpec{Author: w.viewer})
	issue := repo.OpenIssue(githubsim.IssueSpec{Author: w.viewer})
	comment := issue.Comment(githubsim.CommentSpec{Author: w.viewer})
	line.Delete()
	issue.Delete()
	absent := func() (map[string]github.Absence, error) {
		issues, err := w.client.IssueStates(t.Context(), repo.NodeID, []string{issue.NodeID})
		if err != nil {
			return nil, err
		}
		comments, err := w.client.CommentStates(t.Context(), repo.NodeID, []string{comment.NodeID, line.NodeID})
		if err != nil {
			return nil, err
		}
		pulls, err := w.client.PullRequestStates(t.Context(), repo.NodeID, []string{issue.NodeID, pull.NodeID})
		if err != nil {
			return nil, err
		}
		if pulls[1].Number != pull.Number {
			t.Errorf("the pull request that is there is %+v", pulls[1])
		}
		return map[string]github.Absence{"issue": issues[0].Absence, "comment": comments[0].Absence, "comment on a line": comments[1].Absence, "issue among pull requests": pulls[0].Absence}, nil
	}

	found, err := absent()
	if err != nil {
		t.Fatal(err)
	}
	for what, absence := range found {
		if !absence.Gone || absence.Unavailable == "" {
			t.Errorf("a deleted %s is %+v", what, absence)
		}
	}

	withdraw := w.Fail(githubsim.Fault{Kind: githubsim.PoisonedNode, Node: comment.NodeID})
	there := pull.Comment(githubsim.CommentSpec{Author: w.viewer})
	poisoned, err := w.client.CommentStates(t.Context(), repo.NodeID, []string{comment.NodeID, line.NodeID, there.NodeID})
	if err != nil || poisoned[0].Gone || poisoned[0].Unavailable == "" || !poisoned[1].Gone {
		t.Errorf("what GitHub cannot compute is %+v, %v", poisoned, err)
	}
	withdraw()

	org.RemoveMember(w.viewer)
	if _, err := absent(); refused(t, err).Kind != github.NotFound {
		t.Errorf("without access: %v", err)
	}
	org.AddMember(w.viewer, "member")
	org.RequireSSO()
	if _, err := absent(); refused(t, err).Kind != github.SSORequired {
		t.Errorf("without single sign-on: %v", err)
	}
}

// One answer ends an outage, also where nothing is there any more.
func TestStates_ofWhatIsGoneEndAnOutage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	repo := w.AddOrganization("acme").AddRepository("api")
	comment := repo.OpenIssue(githubsim.IssueSpec{Author: w.viewer}).Comment(githubsim.CommentSpec{Author: w.viewer})
	comment.Delete()
	now := time.Now()
	client := newHost(t, github.Config{APIURL: w.server.URL, Now: func() time.Time { return now }}).
		Client(github.Credential{Token: github.StaticToken(w.token), RateOwner: "user:1"})
	ask := func() error {
		return second(client.CommentStates(t.Context(), repo.NodeID, []string{comment.NodeID}))
	}

	w.Fail(githubsim.Fault{Kind: githubsim.EmptyBody, Match: "commentStates", Times: 1})
	if got := refused(t, ask()); got.Kind != github.BadResponse {
		t.Errorf("the outage is %v", got)
	}
	now = now.Add(time.Minute)
	for range 2 {
		if err := ask(); err != nil {
			t.Errorf("after the outage: %v", err)
		}
	}
}

func TestRepositoryTotals_countsWhatRepositoriesHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.Populate(githubsim.Workload{Repositories: 98, Commits: 3, PullRequests: 2, Issues: 1})
	org.AddRepository("empty")
	org.AddRepository("quiet", githubsim.RepositorySettings{IssuesDisabled: true}).Commit(githubsim.CommitSpec{Author: w.viewer})
	truth := w.Truth(org.Login()).Repositories
	ids := nodeIDs(truth, func(r githubsim.RepositoryTruth) string { return r.NodeID })
	var usage github.Usage
	ctx := github.WithUsage(t.Context(), &usage)

	totals, err := w.client.RepositoryTotals(ctx, ids)
	if err != nil {
		t.Fatal(err)
	}
	if spent := usage.Take(); spent.Requests != 1 || spent.GraphQLPoints != 3 {
		t.Errorf("spent %+v, want one request of 3 points", spent)
	}
	for i, r := range truth {
		onBranch := slices.DeleteFunc(slices.Clone(r.Commits), func(c githubsim.CommitTruth) bool { return !c.OnDefaultBranch })
		want := github.RepositoryTotals{ID: r.ID, NodeID: r.NodeID, HasIssues: !r.IssuesDisabled,
			CommitsTotal: len(onBranch), Marks: github.Marks{HeadSHA: r.HeadSHA, PullRequests: github.Total{Count: len(r.PullRequests)}, Issues: github.Total{Count: len(r.Issues)}}}
		got := totals[i]
		newest := []*time.Time{got.PullRequests.NewestAt, got.Issues.NewestAt}
		got.PullRequests.NewestAt, got.Issues.NewestAt = nil, nil
		if got != want || (newest[0] == nil) != (len(r.PullRequests) == 0) || (newest[1] == nil) != (len(r.Issues) == 0) {
			t.Errorf("%s: got %+v, newest %v; want %+v", r.Name, got, newest, want)
		}
	}

	w.Fail(githubsim.Fault{Match: "repositoryTotals", Kind: githubsim.GraphQLTimeout, MaxNodes: 30})
	w.Fail(githubsim.Fault{Match: "repositoryTotals", Kind: githubsim.PoisonedNode, Node: ids[7]})
	if totals, err = w.client.RepositoryTotals(ctx, ids); err != nil {
		t.Fatal(err)
	}
	for i, r := range totals {
		if bad := i == 7; (r.Unavailable != "") != bad || (!bad && r.ID != truth[i].ID) {
			t.Errorf("repository %d of a heavy organization: %+v", i, r)
		}
	}
	org.Repository(truth[3].Name).Delete()
	w.Heal()
	if totals, err = w.client.RepositoryTotals(ctx, ids); err != nil || totals[3].Unavailable == "" || totals[4].ID == 0 {
		t.Errorf("a deleted repository is %+v, %v", totals[3], err)
	}
}
