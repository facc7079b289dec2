package github_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	gh "github.com/google/go-github/v60/github"

	"tributary/github"
	"tributary/githubsim"
)

func instants(times ...*gh.Timestamp) (made []string) {
	for _, t := range times {
		if t == nil {
			made = append(made, "never")
		} else {
			made = append(made, t.UTC().Format(time.RFC3339))
		}
	}
	return made
}

// labelNames are labels without their numeric ids, which GraphQL does not tell.
func labelNames(labels []*gh.Label) (names []string) {
	for _, l := range labels {
		names = append(names, l.GetNodeID()+" "+l.GetName()+" "+l.GetColor()+" "+l.GetDescription())
	}
	return names
}

// pullFields are what the rows of a pull request are made of. The SHA of a merge counts for merged ones.
func pullFields(p *gh.PullRequest) []any {
	merge := p.GetMergeCommitSHA()
	if p.MergedAt == nil {
		merge = ""
	}
	return []any{p.GetID(), p.GetNodeID(), p.GetNumber(), p.GetTitle(), p.GetBody(), p.GetState(), p.GetDraft(), p.GetBase().GetRef(), p.GetHead().GetRef(), p.GetHead().GetSHA(),
		merge, account(p.User), login(p.User), labelNames(p.Labels), instants(p.CreatedAt, p.UpdatedAt, p.ClosedAt, p.MergedAt)}
}

func issueFields(i *gh.Issue) []any {
	var assignees []string
	for _, u := range i.Assignees {
		assignees = append(assignees, account(u)+" "+login(u))
	}
	return []any{i.GetID(), i.GetNodeID(), i.GetNumber(), i.GetTitle(), i.GetBody(), i.GetState(), i.GetStateReason(), i.GetMilestone().GetTitle(), i.GetComments(),
		account(i.User), login(i.User), assignees, labelNames(i.Labels), instants(i.CreatedAt, i.UpdatedAt, i.ClosedAt), i.IsPullRequest()}
}

func fieldsOf[T any](rows []T, fields func(T) []any) (made [][]any) {
	for _, row := range rows {
		made = append(made, fields(row))
	}
	return made
}

// headed is three repositories with everything that rows can hold, of which the last has no labels.
func (w *world) headed() (repos []*githubsim.Repository, refs []github.HeadRef) {
	bot, ghost := w.AddBot("renovate[bot]"), w.AddUser("ghost-to-be")
	org := w.AddOrganization("acme")
	for n, name := range []string{"api", "web", "plain"} {
		repo := org.AddRepository(name)
		commit := repo.Commit(githubsim.CommitSpec{Author: w.viewer})
		at := time.Now().AddDate(0, -1, 0).Truncate(time.Second)
		day := func() time.Time { at = at.Add(time.Hour); return at }
		open := repo.OpenIssue(githubsim.IssueSpec{Title: "Ü ", Body: "text", Author: ghost, Milestone: "1.0", Assignees: []*githubsim.User{w.viewer, bot, ghost}, CreatedAt: day()})
		open.Comment(githubsim.CommentSpec{Author: bot, CreatedAt: day()})
		repo.OpenIssue(githubsim.IssueSpec{Title: "Done", Author: bot, CreatedAt: day()}).Close(w.viewer, "completed")
		repo.OpenIssue(githubsim.IssueSpec{Title: "Again", Author: bot, CreatedAt: day()}).Close(w.viewer, "duplicate")
		repo.OpenIssue(githubsim.IssueSpec{Title: "No", Author: bot, CreatedAt: day()}).Close(w.viewer, "not_planned")
		repo.OpenIssue(githubsim.IssueSpec{Title: "Fixed", Author: w.viewer, CreatedAt: day()}).CloseByCommit(commit)
		first := repo.OpenPullRequest(githubsim.PullRequestSpec{Title: "Merged", Body: "b", Author: bot, Commits: make([]githubsim.CommitSpec, 1), CreatedAt: day()})
		first.Merge(githubsim.MergeSpec{By: w.viewer, Method: githubsim.Squash})
		repo.OpenPullRequest(githubsim.PullRequestSpec{Title: "Open", Author: ghost, Draft: true, Commits: make([]githubsim.CommitSpec, 1), CreatedAt: day()})
		repo.OpenPullRequest(githubsim.PullRequestSpec{Title: "Fork", Author: w.viewer, ForkGone: true, Commits: make([]githubsim.CommitSpec, 1), CreatedAt: day()}).Close(w.viewer)
		if n < 2 {
			open.Label("bug")
			open.Label("a b")
			first.Label("ready")
			first.Label("to-be-deleted")
			repo.DeleteLabel("to-be-deleted")
		}
		repos, refs = append(repos, repo), append(refs, github.HeadRef{NodeID: repo.NodeID, First: 10 - n})
	}
	ghost.Delete()
	return repos, refs
}

func TestHeads_areTheSameAsThroughREST(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	repos, refs := w.headed()
	pulls, err := w.client.PullRequestHeads(t.Context(), refs)
	if err != nil {
		t.Fatal(err)
	}
	issues, err := w.client.IssueHeads(t.Context(), refs)
	if err != nil {
		t.Fatal(err)
	}
	for i, repo := range repos {
		listedPulls, err := w.client.PullRequests(t.Context(), repo.ID, github.NewestFirst, "")
		if err != nil {
			t.Fatal(err)
		}
		listed, err := w.client.Issues(t.Context(), repo.ID, github.Position{})
		if err != nil {
			t.Fatal(err)
		}
		var listedIssues []*gh.Issue
		for _, issue := range listed.Items {
			if !issue.IsPullRequest() {
				listedIssues = append(listedIssues, issue)
			}
		}
		if diff := cmp.Diff(fieldsOf(listedPulls.Items, pullFields), fieldsOf(pulls[i].Page.Items, pullFields)); diff != "" || len(listedPulls.Items) != 3 {
			t.Errorf("pull requests: %s", diff)
		}
		if diff := cmp.Diff(fieldsOf(listedIssues, issueFields), fieldsOf(issues[i].Page.Items, issueFields)); diff != "" || len(listedIssues) != 5 {
			t.Errorf("issues: %s", diff)
		}
		if p, s := pulls[i], issues[i]; !p.Whole() || !s.Whole() || p.HasLabels != (i < 2) || s.HasLabels != (i < 2) || p.Page.Total != 3 || s.Page.Total != 5 || p.Page.Next+s.Page.Next != "" {
			t.Errorf("heads %+v and %+v", p, s)
		}
	}
	for _, head := range pulls {
		for _, p := range head.Page.Items {
			if (p.MergeCommitSHA != nil) != (p.MergedAt != nil) {
				t.Errorf("pull request %d merged %v has the merge %q", p.GetNumber(), p.MergedAt, p.GetMergeCommitSHA())
			}
		}
	}
}

// many adds n repositories with so many issues and pull requests each.
func (w *world) many(n, issues, pulls int) (refs []github.HeadRef) {
	org := w.AddOrganization("acme")
	for i := range n {
		repo := org.AddRepository(fmt.Sprint("repo-", i))
		repo.Commit(githubsim.CommitSpec{Author: w.viewer})
		for range issues {
			repo.OpenIssue(githubsim.IssueSpec{Title: repo.NodeID, Author: w.viewer, Assignees: []*githubsim.User{w.viewer}})
		}
		for range pulls {
			repo.OpenPullRequest(githubsim.PullRequestSpec{Title: repo.NodeID, Author: w.viewer, Commits: make([]githubsim.CommitSpec, 1)})
		}
		refs = append(refs, github.HeadRef{NodeID: repo.NodeID, First: 5})
	}
	return refs
}

func TestHeads_ofThreeHundredSmallRepositoriesCostFewPoints(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	refs := w.many(300, 5, 5)
	var usage github.Usage
	ctx := github.WithUsage(t.Context(), &usage)
	pulls, err := w.client.PullRequestHeads(ctx, refs)
	if err != nil {
		t.Fatal(err)
	}
	if spent := usage.Take(); spent.Requests != 6 || spent.GraphQLPoints != 18 {
		t.Errorf("pull requests: spent %+v, want 6 queries of 3 points", spent)
	}
	issues, err := w.client.IssueHeads(ctx, refs)
	if err != nil {
		t.Fatal(err)
	}
	if spent := usage.Take(); spent.Requests != 6 || spent.GraphQLPoints != 36 {
		t.Errorf("issues: spent %+v, want 6 queries of 6 points", spent)
	}
	for i, ref := range refs {
		p, s := pulls[i], issues[i]
		if !p.Whole() || !s.Whole() || len(p.Page.Items) != 5 || len(s.Page.Items) != 5 || p.Page.Items[0].GetTitle() != ref.NodeID || s.Page.Items[0].GetTitle() != ref.NodeID {
			t.Fatalf("repository %d: %+v, %+v", i, p, s)
		}
	}
}

func TestHeads_groupRepositoriesOfLikeSize(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	refs := w.many(70, 0, 3)
	for i := range refs {
		refs[i].First = []int{100, 1, 40, 0, 3, 200, 25}[i%7]
	}
	read, err := w.client.PullRequestHeads(t.Context(), refs)
	if err != nil {
		t.Fatal(err)
	}
	for i, head := range read {
		if first := refs[i].First; head.Page.Items[0].GetTitle() != refs[i].NodeID || head.Page.Items[0].GetNumber() != 3 || head.Page.Size < min(first, 100) || head.Page.Size > max(2*first, 1) {
			t.Errorf("repository %d: asked for %d, got %d rows of %d", i, first, len(head.Page.Items), head.Page.Size)
		}
		if head.More != (head.Page.Size < 3) || head.Short || head.Page.Total != 3 || len(head.Page.Items) != min(head.Page.Size, 3) {
			t.Errorf("repository %d: %+v", i, head)
		}
	}
}

func TestHeads_tellWhatTheyLack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.AddOrganization("acme")
	var refs []github.HeadRef
	for i := range 4 {
		repo := org.AddRepository(fmt.Sprint("repo-", i))
		issue := repo.OpenIssue(githubsim.IssueSpec{Author: w.viewer})
		repo.OpenIssue(githubsim.IssueSpec{Author: w.viewer})
		if i == 1 {
			for n := range 101 {
				issue.Label(fmt.Sprint("label-", n))
			}
		}
		if i == 2 {
			for n := range 101 {
				issue.Assign(w.viewer, w.AddUser(fmt.Sprint("person-", n)))
			}
		}
		if i == 3 {
			w.Fail(githubsim.Fault{Kind: githubsim.UnreadableValue, Node: issue.NodeID, Field: "updatedAt", Error: "2999-01-01T00:00:00Z"})
		}
		refs = append(refs, github.HeadRef{NodeID: repo.NodeID, First: 20})
	}
	read, err := w.client.IssueHeads(t.Context(), refs)
	if err != nil {
		t.Fatal(err)
	}
	for i, head := range read {
		want := []string{"2 rows", "1 rows short", "1 rows short", "1 rows malformed"}[i]
		got := fmt.Sprint(len(head.Page.Items), " rows", map[bool]string{true: " short"}[head.Short], map[bool]string{true: " malformed"}[len(head.Page.Malformed) > 0])
		if got != want || head.Whole() != (i == 0 || i == 3) {
			t.Errorf("repository %d: %s (%+v), want %s", i, got, head, want)
		}
	}
	w.Heal()
	w.Fail(githubsim.Fault{Kind: githubsim.ShortConnection, Field: "issues", Size: 1})
	if read, err = w.client.IssueHeads(t.Context(), refs); err != nil || !read[0].Short || read[0].Whole() {
		t.Errorf("a shortened list is %+v, %v", read, err)
	}
}

func TestHeads_tellWhatIsNotShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.AddOrganization("acme")
	org.AddMember(w.viewer, "admin")
	var refs []github.HeadRef
	for _, private := range []bool{false, true} {
		repo := org.AddRepository(fmt.Sprint("private-", private), githubsim.RepositorySettings{Private: private})
		repo.OpenIssue(githubsim.IssueSpec{Author: w.viewer})
		refs = append(refs, github.HeadRef{NodeID: repo.NodeID, First: 10})
	}
	hidden := w.AddOrganization("other").AddRepository("secret", githubsim.RepositorySettings{Private: true})
	refs = append(refs, github.HeadRef{NodeID: hidden.NodeID, First: 10}, github.HeadRef{NodeID: "R_none", First: 10})
	poor := w.as(w.IssueToken(w.viewer, githubsim.Token{Kind: githubsim.FineGrainedToken, Organization: org, Permissions: map[string]string{"contents": "read"}}))
	for from, want := range map[int][]bool{0: {true, false, false, false}, 1: {false, false, false}} { // also when nothing is shown
		issues, err := poor.IssueHeads(t.Context(), refs[from:])
		if err != nil {
			t.Fatal(err)
		}
		pulls, err := poor.PullRequestHeads(t.Context(), refs[from:])
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			if (issues[i].Unavailable == "") != want[i] || (pulls[i].Unavailable == "") != want[i] || issues[i].Gone || pulls[i].Whole() != want[i] {
				t.Errorf("repository %d: %+v, %+v", from+i, issues[i].Absence, pulls[i].Absence)
			}
		}
		if why := issues[1-from].Unavailable; !strings.Contains(why, "not accessible") {
			t.Errorf("without permission: %q", why)
		}
	}
}

func TestHeads_goOnAroundTheOneThatGitHubCannotCompute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	refs := w.many(100, 1, 1)
	w.Fail(githubsim.Fault{Kind: githubsim.PoisonedNode, Node: refs[42].NodeID})
	issues, err := w.client.IssueHeads(t.Context(), refs)
	if err != nil {
		t.Fatal(err)
	}
	for i, head := range issues {
		if bad := i == 42; (head.Unavailable != "") != bad || (len(head.Page.Items) == 1) == bad {
			t.Errorf("repository %d: %+v", i, head)
		}
	}
	w.Heal()
	w.Fail(githubsim.Fault{Kind: githubsim.GraphQLTimeout})
	if got := refused(t, second(w.client.PullRequestHeads(t.Context(), refs))); !got.Temporary() {
		t.Errorf("in an outage: %v", got)
	}
}

func TestHeads_areRefusedBySchemasThatLackFields(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, githubsim.Config{UnknownFields: []string{"Assignable.assignedActors", "Issue.assignedActors", "PullRequest.assignedActors"}})
	refs := w.many(1, 1, 1)
	if got := refused(t, second(w.client.IssueHeads(t.Context(), refs))); got.Kind != github.QueriesRefused {
		t.Errorf("got %v", got)
	}
	if _, err := w.client.PullRequestHeads(t.Context(), refs); err != nil {
		t.Error(err)
	}
}

func TestHeads_checkRowsAsRESTDoes(t *testing.T) {
	t.Parallel()
	const good = `"id":"I_1","fullDatabaseId":"5","number":1,"title":"t","body":"","state":"OPEN","stateReason":null,"author":null,"milestone":null,` +
		`"labels":{"totalCount":0,"nodes":[]},"assignedActors":{"totalCount":0,"nodes":[]},"comments":{"totalCount":0},"createdAt":"2026-01-02T03:04:05Z","updatedAt":"2026-01-02T03:04:05Z","closedAt":null`
	long := strings.Repeat("x", 300)
	for name, test := range map[string]struct{ old, new, reason string }{
		"good":                {``, ``, ""},
		"no id":               {`"fullDatabaseId":"5"`, `"fullDatabaseId":null`, "it has no id"},
		"no number":           {`"number":1`, `"number":0`, "it has no number"},
		"a number too large":  {`"number":1`, `"number":2147483648`, "it has no number"},
		"a long node id":      {`"id":"I_1"`, `"id":"` + long + `"`, "it has a name of 300 characters"},
		"no time":             {`"updatedAt":"2026-01-02T03:04:05Z"`, `"updatedAt":null`, "it has no time"},
		"a label without id":  {`"labels":{"totalCount":0,"nodes":[]}`, `"labels":{"totalCount":1,"nodes":[{"id":"","name":"x"}]}`, "of a label: it has no id"},
		"a label's long name": {`"labels":{"totalCount":0,"nodes":[]}`, `"labels":{"totalCount":1,"nodes":[{"id":"LA_1","name":"` + long + `"}]}`, "of a label: it has a name of 300 characters"},
		"hidden labels":       {`"labels":{"totalCount":0,"nodes":[]}`, `"labels":null`, "short"},
		"a hidden assignee":   {`"assignedActors":{"totalCount":0,"nodes":[]}`, `"assignedActors":{"totalCount":1,"nodes":[null]}`, "short"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			row := strings.Replace(good, test.old, test.new, 1)
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				ok(`{"data":{"rateLimit":{"cost":1},"nodes":[{"__typename":"Repository","id":"R_1","issues":{"totalCount":1,"pageInfo":{"hasNextPage":false},"nodes":[{`+row+`}]}}]}}`).ServeHTTP(w, r)
			}))
			read, err := s.client(t).IssueHeads(t.Context(), []github.HeadRef{{NodeID: "R_1", First: 10}})
			if err != nil {
				t.Fatal(err)
			}
			head, got := read[0], ""
			switch {
			case head.Short:
				got = "short"
			case len(head.Page.Malformed) == 1:
				got = head.Page.Malformed[0].Reason
			}
			if got != test.reason || (len(head.Page.Items) == 1) != (test.reason == "") || head.Whole() == (test.reason == "short") {
				t.Errorf("got %q, want %q: %+v", got, test.reason, head)
			}
		})
	}
}
