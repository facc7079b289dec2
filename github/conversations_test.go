package github_test

import (
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	gh "github.com/google/go-github/v60/github"

	"tributary/github"
	"tributary/githubsim"
)

// account is how rows refer to an account: by its id, for logins differ between the APIs, or to nobody.
func account(u *gh.User) string {
	if u.GetID() == 0 || u.GetLogin() == "ghost" {
		return ""
	}
	return fmt.Sprint(u.GetID(), " ", u.GetNodeID(), " ", u.GetType())
}

// login is what an account is called, if it is there.
func login(u *gh.User) string {
	if account(u) == "" {
		return ""
	}
	return u.GetLogin()
}

// commentFields are what the rows of a comment are made of.
func commentFields(c *gh.IssueComment) []any {
	html, _, _ := strings.Cut(c.GetHTMLURL(), "#")
	return []any{c.GetID(), c.GetNodeID(), path.Base(c.GetIssueURL()), path.Base(path.Dir(html)), path.Base(html), c.GetBody(),
		account(c.User), login(c.User), c.GetAuthorAssociation(), c.GetCreatedAt().UTC(), c.GetUpdatedAt().UTC()}
}

func reviewCommentFields(c *gh.PullRequestComment) []any {
	return []any{c.GetID(), c.GetNodeID(), path.Base(c.GetPullRequestURL()), c.GetPullRequestReviewID(), c.GetInReplyTo(), c.GetPath(), c.GetOriginalCommitID(), c.GetBody(),
		account(c.User), login(c.User), c.GetAuthorAssociation(), c.GetCreatedAt().UTC(), c.GetUpdatedAt().UTC()}
}

// discussed is two repositories whose issues, pull requests and reviews all kinds of accounts comment on.
func (w *world) discussed(t *testing.T) (repos []*githubsim.Repository, issues, pulls, reviews []github.ConversationRef) {
	t.Helper()
	org := w.AddOrganization("acme")
	bot, ghost, nobody := w.AddBot("renovate[bot]"), w.AddUser("ghost-to-be"), w.AddUser("to-be-deleted")
	mannequin := w.AddMannequin("imported")
	org.AddMember(w.viewer, "member")
	for _, name := range []string{"api", "pull"} {
		repo := org.AddRepository(name)
		repo.Commit(githubsim.CommitSpec{Author: w.viewer})
		issue := repo.OpenIssue(githubsim.IssueSpec{Title: "T", Author: w.viewer})
		pull := repo.OpenPullRequest(githubsim.PullRequestSpec{Title: "P", Author: bot, Commits: make([]githubsim.CommitSpec, 2)})
		quiet := repo.OpenIssue(githubsim.IssueSpec{Title: "Q", Author: w.viewer})
		for n, u := range []*githubsim.User{w.viewer, bot, ghost, nobody, mannequin} {
			issue.Comment(githubsim.CommentSpec{Author: u, Body: fmt.Sprint("issue ", n)})
			pull.Comment(githubsim.CommentSpec{Author: u, Body: fmt.Sprint("pull ", n)})
			review := pull.Review(githubsim.ReviewSpec{Author: u, State: "COMMENTED"})
			first := pull.ReviewComment(githubsim.ReviewCommentSpec{Author: u, Body: "line", Path: "a b/ü.go", Review: review})
			pull.ReviewComment(githubsim.ReviewCommentSpec{Author: bot, Body: "reply", Review: review, ReplyTo: first})
			reviews = append(reviews, github.ConversationRef{NodeID: review.NodeID, Count: 2})
		}
		pull.AddCommit(githubsim.CommitSpec{}) // original_commit_id stays
		issue.Comments()[1].Edit("edited")
		issue.Comments()[3].Delete()
		for _, i := range []*githubsim.Issue{issue, quiet} {
			issues = append(issues, github.ConversationRef{NodeID: i.NodeID, Count: len(i.Comments())})
		}
		pulls = append(pulls, github.ConversationRef{NodeID: pull.NodeID, Count: 5})
		repos = append(repos, repo)
	}
	ghost.DeleteToGhost()
	nobody.Delete()
	return repos, issues, pulls, reviews
}

func byID(a, b []any) int { return int(a[0].(int64) - b[0].(int64)) }

func TestConversations_areTheSameAsThroughREST(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	repos, issues, pulls, _ := w.discussed(t)
	read, err := w.client.IssueConversations(t.Context(), issues)
	if err != nil {
		t.Fatal(err)
	}
	ofPulls, err := w.client.PullRequestConversations(t.Context(), pulls)
	if err != nil {
		t.Fatal(err)
	}
	var got, want [][]any
	for i, c := range append(read, ofPulls...) {
		if count := append(issues, pulls...)[i].Count; c.Unavailable != "" || c.Malformed != "" || c.Short || len(c.Page.Malformed) > 0 || c.Page.Total != count || c.Page.ReadAt.IsZero() {
			t.Errorf("conversation %d is %+v", i, c)
		}
		for _, row := range c.Page.Items {
			got = append(got, commentFields(row))
		}
	}
	for _, repo := range repos {
		page, err := w.client.IssueComments(t.Context(), repo.ID, github.Position{})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range page.Items {
			want = append(want, commentFields(row))
		}
	}
	slices.SortFunc(got, byID)
	slices.SortFunc(want, byID)
	if diff := cmp.Diff(want, got); diff != "" || len(got) != 18 {
		t.Errorf("%d comments: %s", len(got), diff)
	}
	if points := w.Stats().GraphQLPoints; points != 2 {
		t.Errorf("%d points for six conversations of two repositories, want one for each kind", points)
	}
}

func TestReviewConversations_areTheSameAsThroughREST(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	repos, _, _, reviews := w.discussed(t)
	read, err := w.client.ReviewConversations(t.Context(), reviews)
	if err != nil {
		t.Fatal(err)
	}
	var got, want [][]any
	for i, c := range read {
		if c.Unavailable != "" || c.Short || c.Page.Total != 2 || len(c.Page.Items) != 2 {
			t.Errorf("review %d has %+v", i, c)
		}
		for _, row := range c.Page.Items {
			got = append(got, reviewCommentFields(row))
		}
	}
	for _, repo := range repos {
		page, err := w.client.ReviewComments(t.Context(), repo.ID, github.Position{})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range page.Items {
			want = append(want, reviewCommentFields(row))
		}
	}
	slices.SortFunc(got, byID)
	slices.SortFunc(want, byID)
	if diff := cmp.Diff(want, got); diff != "" || len(got) != 20 {
		t.Errorf("%d comments: %s", len(got), diff)
	}
}

// talkative adds an issue with n comments.
func (w *world) talkative(repo *githubsim.Repository, n int) github.ConversationRef {
	issue := repo.OpenIssue(githubsim.IssueSpec{Title: "T", Author: w.viewer})
	for i := range n {
		issue.Comment(githubsim.CommentSpec{Author: w.viewer, Body: fmt.Sprint(i)})
	}
	return github.ConversationRef{NodeID: issue.NodeID, Count: n}
}

func TestConversations_costOnePointForAHundredAndOneForEachPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	repo := w.AddOrganization("acme").AddRepository("api")
	var refs []github.ConversationRef
	for range 149 {
		refs = append(refs, w.talkative(repo, 3))
	}
	refs = append(refs, w.talkative(repo, 230))
	var usage github.Usage
	read, err := w.client.IssueConversations(github.WithUsage(t.Context(), &usage), refs)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range read {
		if len(c.Page.Items) != refs[i].Count || c.Page.Total != refs[i].Count || c.Short {
			t.Errorf("conversation %d has %d comments of %d, want %d", i, len(c.Page.Items), c.Page.Total, refs[i].Count)
		}
	}
	if body := read[149].Page.Items[229].GetBody(); body != "229" {
		t.Errorf("the last comment is %q", body)
	}
	if spent := usage.Take(); spent.Requests != 4 || spent.GraphQLPoints != 4 || w.Stats().GraphQLPoints != 4 {
		t.Errorf("spent %+v and was charged %d points, want 2 queries and 2 further pages of one point", spent, w.Stats().GraphQLPoints)
	}
}

func TestConversations_noticeWhatWideQueriesLeaveOut(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]githubsim.Fault{
		"fewer than are counted":    {MaxNodes: 20, Size: 2},
		"fewer are counted as well": {MaxNodes: 20, Size: 2, Silent: true},
		"even alone":                {Size: 2},
		"all but one":               {MaxNodes: 1, Size: 2, Silent: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			repo := w.AddOrganization("acme").AddRepository("api")
			var refs []github.ConversationRef
			for i := range 60 {
				refs = append(refs, w.talkative(repo, i%4))
			}
			fault.Kind, fault.Field = githubsim.ShortConnection, "comments"
			w.Fail(fault)
			read, err := w.client.IssueConversations(t.Context(), refs)
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range read {
				short := name == "even alone" && i%4 == 3
				if c.Short != short || !short && len(c.Page.Items) != refs[i].Count || c.Page.Total != refs[i].Count {
					t.Errorf("conversation %d has %d of %d comments, short %v; want %d", i, len(c.Page.Items), c.Page.Total, c.Short, refs[i].Count)
				}
			}
		})
	}
}

// A count that was true once, and a comment that was deleted since, are no reason to doubt GitHub for ever.
func TestConversations_believeASmallerCountInTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	repo := w.AddOrganization("acme").AddRepository("api")
	refs := []github.ConversationRef{w.talkative(repo, 2), w.talkative(repo, 3)}
	refs[1].Count = 9
	read, err := w.client.IssueConversations(t.Context(), refs)
	if err != nil {
		t.Fatal(err)
	}
	if read[1].Short || len(read[1].Page.Items) != 3 || w.Stats().GraphQLRequests != 2 {
		t.Errorf("%d comments, short %v, %d queries", len(read[1].Page.Items), read[1].Short, w.Stats().GraphQLRequests)
	}
}

func TestConversations_goOnAroundTheOneThatGitHubCannotCompute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	repo := w.AddOrganization("acme").AddRepository("api")
	var refs []github.ConversationRef
	for range 100 {
		refs = append(refs, w.talkative(repo, 1))
	}
	w.Fail(githubsim.Fault{Kind: githubsim.PoisonedNode, Node: refs[42].NodeID})
	read, err := w.client.IssueConversations(t.Context(), refs)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range read {
		if bad := i == 42; (c.Unavailable != "") != bad || (len(c.Page.Items) == 1) == bad {
			t.Errorf("conversation %d: %+v", i, c)
		}
	}
	w.Heal()
	for _, fault := range []githubsim.Fault{{Kind: githubsim.ResourceLimits, MaxNodes: 30}, {Kind: githubsim.GraphQLTimeout, MaxNodes: 30}, {Kind: githubsim.PartialResourceLimits, MaxNodes: 30}} {
		w.Fail(fault)
		read, err := w.client.IssueConversations(t.Context(), refs)
		if err != nil {
			t.Fatalf("%s: %v", fault.Kind, err)
		}
		if n := len(read[99].Page.Items); n != 1 {
			t.Errorf("%s: %d comments", fault.Kind, n)
		}
		w.Heal()
	}
}

func TestConversations_tellWhatIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.AddOrganization("acme")
	org.AddMember(w.viewer, "member")
	open := org.AddRepository("open")
	secret := w.AddOrganization("other").AddRepository("secret", githubsim.RepositorySettings{Private: true})
	gone, hidden := open.OpenIssue(githubsim.IssueSpec{Author: w.viewer}), secret.OpenIssue(githubsim.IssueSpec{Author: w.viewer})
	refs := []github.ConversationRef{{NodeID: gone.NodeID}, {NodeID: hidden.NodeID}, {NodeID: w.viewer.NodeID}}
	gone.Delete()
	for _, refs := range [][]github.ConversationRef{append(refs, w.talkative(open, 1)), refs, refs[:1]} {
		read, err := w.client.IssueConversations(t.Context(), refs)
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range read {
			if (c.Unavailable != "") != (i < 3) || c.Gone {
				t.Errorf("%d of %d: %+v", i, len(refs), c)
			}
		}
	}
}

func TestConversations_leaveOutRowsThatAreNotGitHubs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	repo := w.AddOrganization("acme").AddRepository("api")
	issue := repo.OpenIssue(githubsim.IssueSpec{Author: w.viewer})
	for range 3 {
		issue.Comment(githubsim.CommentSpec{Author: w.viewer})
	}
	refs, comments := []github.ConversationRef{{NodeID: issue.NodeID}}, issue.Comments()
	future := time.Now().AddDate(2, 0, 0).UTC().Format(time.RFC3339)
	for _, fault := range []githubsim.Fault{
		{Node: comments[0].NodeID, Field: "updatedAt", Error: future},
		{Node: comments[1].NodeID, Field: "updatedAt", Error: "yesterday"},
		{Node: comments[1].NodeID, Field: "createdAt", Error: "0000-12-31T23:00:00Z"},
	} {
		fault.Kind = githubsim.UnreadableValue
		w.Fail(fault)
	}
	read, err := w.client.IssueConversations(t.Context(), refs)
	if err != nil {
		t.Fatal(err)
	}
	c := read[0]
	var reasons []string
	for _, m := range c.Page.Malformed {
		reasons = append(reasons, fmt.Sprint(m.NodeID, m.Index, m.Reason))
	}
	want := []string{comments[0].NodeID + "0its last change is in the future", comments[1].NodeID + "1it has no time"}
	if len(c.Page.Items) != 1 || c.Short || !slices.Equal(reasons, want) || !strings.Contains(c.Malformed, "yesterday") {
		t.Errorf("%d comments, short %v, malformed %q (%s), want %q", len(c.Page.Items), c.Short, reasons, c.Malformed, want)
	}

	for name, answer := range map[string]string{
		"a circle":     `{"totalCount":300,"pageInfo":{"hasNextPage":true,"endCursor":"x"},"nodes":[]}`,
		"no cursor":    `{"totalCount":300,"pageInfo":{"hasNextPage":true},"nodes":[]}`,
		"a giant page": `{"totalCount":200,"pageInfo":{},"nodes":[` + strings.Repeat("null,", 200) + `null]}`,
	} {
		s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ok(`{"data":{"rateLimit":{"cost":1},"nodes":[{"__typename":"Issue","id":"I_1","number":1,"comments":`+answer+`}]}}`).ServeHTTP(w, r)
		}))
		if got := refused(t, second(s.client(t).IssueConversations(t.Context(), []github.ConversationRef{{NodeID: "I_1"}}))); got.Kind != github.BadResponse {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestConversations_holdNoRowForANullInTheList(t *testing.T) {
	t.Parallel()
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ok(`{"data":{"rateLimit":{"cost":1},"nodes":[{"__typename":"Issue","id":"I_1","number":1,"comments":{"totalCount":2,"pageInfo":{},"nodes":[null,`+
			`{"id":"IC_1","fullDatabaseId":"5","body":"b","author":null,"authorAssociation":"NONE","createdAt":"2026-01-02T03:04:05Z","updatedAt":"2026-01-02T03:04:05Z"}]}}]}}`).ServeHTTP(w, r)
	}))
	read, err := s.client(t).IssueConversations(t.Context(), []github.ConversationRef{{NodeID: "I_1"}})
	if err != nil {
		t.Fatal(err)
	}
	if !read[0].Short || len(read[0].Page.Items) != 1 || read[0].Page.Items[0].GetID() != 5 {
		t.Errorf("got %+v", read[0])
	}
}

func TestConversations_sayWhenGraphQLIsRefusedOrDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	repo := w.AddOrganization("acme").AddRepository("api")
	refs := []github.ConversationRef{w.talkative(repo, 1), w.talkative(repo, 1)}
	w.Fail(githubsim.Fault{Kind: githubsim.GraphQLTimeout})
	if got := refused(t, second(w.client.IssueConversations(t.Context(), refs))); !got.Temporary() {
		t.Errorf("in an outage: %v", got)
	}
	w.Heal()
	w.Fail(githubsim.Fault{Kind: githubsim.GraphQLRefused})
	client := w.as(w.IssueToken(w.viewer, githubsim.Token{Scopes: []string{"repo"}}))
	if got := refused(t, second(client.IssueConversations(t.Context(), refs))); got.Kind != github.QueriesRefused {
		t.Errorf("refused: %v", got)
	}
}
