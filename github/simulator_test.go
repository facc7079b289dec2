package github_test

import (
	"fmt"
	"net/http/httptest"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	gh "github.com/google/go-github/v60/github"

	"tributary/github"
	"tributary/githubsim"
)

// world is a simulated GitHub and a client that reads it.
type world struct {
	*githubsim.Sim
	server *httptest.Server
	host   *github.Host
	client *github.Client
	token  string
	viewer *githubsim.User
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldWith(t, githubsim.Config{})
}

func newWorldWith(t *testing.T, config githubsim.Config) *world {
	t.Helper()
	w := &world{Sim: githubsim.New(config)}
	w.server = httptest.NewServer(w.Sim)
	t.Cleanup(w.server.Close)
	t.Cleanup(func() {
		if missing := w.Gaps(); len(missing) > 0 {
			t.Errorf("the simulator lacks %v", missing)
		}
	})
	w.viewer = w.AddUser("octocat")
	w.token = w.IssueToken(w.viewer, githubsim.Token{Kind: githubsim.ClassicToken, Scopes: []string{"repo", "read:org"}})
	w.host = newHost(t, github.Config{APIURL: w.server.URL, MaxWait: time.Nanosecond})
	w.client = w.as(w.token)
	return w
}

func (w *world) as(token string) *github.Client {
	return w.host.Client(github.Credential{Token: github.StaticToken(token)})
}

func ref(o *githubsim.Organization) github.OrganizationRef {
	return github.OrganizationRef{ID: o.ID, NodeID: o.NodeID}
}

func refOf(p *githubsim.PullRequest) github.PullRequestRef {
	return github.PullRequestRef{NodeID: p.NodeID, Number: p.Number}
}

func commitRefs(truths []githubsim.CommitTruth) []github.CommitRef {
	commits := make([]github.CommitRef, len(truths))
	for i, c := range truths {
		commits[i] = github.CommitRef{NodeID: c.NodeID, SHA: c.SHA}
	}
	return commits
}

func pullRequestRefs(truths []githubsim.PullRequestTruth) []github.PullRequestRef {
	pulls := make([]github.PullRequestRef, len(truths))
	for i, p := range truths {
		pulls[i] = github.PullRequestRef{NodeID: p.NodeID, Number: p.Number}
	}
	return pulls
}

// all reads every page of a listing.
func all[T any](t *testing.T, read func(cursor string) (github.Page[T], error)) []T {
	t.Helper()
	var items []T
	for cursor := ""; ; {
		page, err := read(cursor)
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Malformed) > 0 {
			t.Fatalf("malformed: %v", page.Malformed)
		}
		items = append(items, page.Items...)
		if cursor = page.Next; cursor == "" {
			return items
		}
	}
}

// since reads every page of a listing that continues by time.
func since[T any](t *testing.T, read func(since time.Time, skip int) (github.Page[T], error)) []T {
	t.Helper()
	pages, skip := 0, 0
	return all(t, func(string) (github.Page[T], error) {
		page, err := read(time.Time{}, skip)
		if err == nil {
			page.Items = page.Items[pages:] // of 100, 99, 98… rows, the page after n begins n rows early
		}
		pages++
		skip += len(page.Items)
		return page, err
	})
}

func TestClient_readsARepositoryAsItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.Populate(githubsim.Workload{Commits: 230, PullRequests: 110, CommitsPerPullRequest: 2, ReviewsPerPullRequest: 2,
		ReviewCommentsPerPullRequest: 1, CommentsPerPullRequest: 1, Issues: 40, CommentsPerIssue: 1, Private: true})
	org.AddMember(w.viewer, "member")
	truth := w.Truth(org.Login()).Repositories[0]
	ctx, id := t.Context(), truth.ID

	t.Run("commits", func(t *testing.T) {
		want := map[string]githubsim.CommitTruth{}
		for _, c := range truth.Commits {
			if c.OnDefaultBranch {
				want[c.SHA] = c
			}
		}
		listed := all(t, func(cursor string) (github.Page[*gh.RepositoryCommit], error) {
			return w.client.Commits(ctx, id, truth.HeadSHA, cursor)
		})
		if len(listed) != len(want) {
			t.Fatalf("%d commits, want %d", len(listed), len(want))
		}
		commits := make([]github.CommitRef, len(listed))
		for i, c := range listed {
			commits[i] = github.CommitRef{NodeID: c.GetNodeID(), SHA: c.GetSHA()}
		}
		details, err := w.client.CommitDetails(ctx, id, commits)
		if err != nil {
			t.Fatal(err)
		}
		for i, d := range details {
			c := want[listed[i].GetSHA()]
			_, offset := d.AuthoredAt.Zone()
			got := []any{d.SHA, d.Additions, d.Deletions, *d.ChangedFiles, d.AuthoredAt.UTC(), offset, d.CommittedAt.UTC(), d.Parents}
			if diff := cmp.Diff([]any{c.SHA, c.Additions, c.Deletions, c.ChangedFiles, c.AuthoredAt, c.AuthoredOffset, c.CommittedAt, parents(c)}, got); diff != "" {
				t.Fatalf("commit %s: %s", c.SHA, diff)
			}
		}
	})

	t.Run("pull requests", func(t *testing.T) {
		listed := all(t, func(cursor string) (github.Page[*gh.PullRequest], error) {
			return w.client.PullRequests(ctx, id, github.NewestFirst, cursor)
		})
		if len(listed) != len(truth.PullRequests) {
			t.Fatalf("%d pull requests, want %d", len(listed), len(truth.PullRequests))
		}
		pulls := make([]github.PullRequestRef, len(listed))
		for i, pr := range listed {
			pulls[i] = github.PullRequestRef{NodeID: pr.GetNodeID(), Number: pr.GetNumber()}
		}
		details, err := w.client.PullRequestDetails(ctx, id, pulls)
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(details, func(a, b github.PullRequestDetails) int { return a.Number - b.Number })
		var commits []githubsim.PullRequestCommitTruth
		reviews := map[int64]string{}
		for i, d := range details {
			pr := truth.PullRequests[i]
			mergedBy := int64(0)
			if d.MergedBy != nil {
				mergedBy = d.MergedBy.ID
			}
			got := []any{d.ID, d.NodeID, d.Number, d.UpdatedAt, d.Additions, d.Deletions, d.ChangedFiles, d.CommitsCount, d.CommentsCount, mergedBy}
			if diff := cmp.Diff([]any{pr.ID, pr.NodeID, pr.Number, pr.UpdatedAt, pr.Additions, pr.Deletions, pr.ChangedFiles, pr.Commits, pr.Comments, pr.MergedByID}, got); diff != "" {
				t.Fatalf("pull request %d: %s", pr.Number, diff)
			}
			for position, c := range d.Commits {
				commits = append(commits, githubsim.PullRequestCommitTruth{Number: d.Number, Position: position, SHA: c.SHA})
			}
			for _, r := range d.Reviews {
				reviews[r.ID] = fmt.Sprint(d.Number, r.NodeID, r.State, r.Body, r.CommitSHA, r.SubmittedAt.UTC(), r.Author.ID, r.Author.Login)
			}
		}
		if diff := cmp.Diff(truth.PullRequestCommits, commits); diff != "" {
			t.Error(diff)
		}
		want := map[int64]string{}
		for _, r := range truth.Reviews {
			want[r.ID] = fmt.Sprint(r.Number, r.NodeID, r.State, r.Body, r.CommitSHA, r.SubmittedAt, r.AuthorID, r.AuthorLogin)
		}
		if diff := cmp.Diff(want, reviews); diff != "" {
			t.Error(diff)
		}
	})

	t.Run("comments and issues", func(t *testing.T) {
		var got, want []int64
		for _, c := range since(t, func(s time.Time, skip int) (github.Page[*gh.PullRequestComment], error) {
			return w.client.ReviewComments(ctx, id, github.Position{Since: s, Skip: skip})
		}) {
			got = append(got, c.GetID())
		}
		for _, c := range since(t, func(s time.Time, skip int) (github.Page[*gh.IssueComment], error) {
			return w.client.IssueComments(ctx, id, github.Position{Since: s, Skip: skip})
		}) {
			got = append(got, c.GetID())
		}
		pulls := 0
		for _, i := range since(t, func(s time.Time, skip int) (github.Page[*gh.Issue], error) {
			return w.client.Issues(ctx, id, github.Position{Since: s, Skip: skip})
		}) {
			if i.IsPullRequest() {
				pulls++
				continue
			}
			got = append(got, i.GetID())
		}
		for _, c := range truth.ReviewComments {
			want = append(want, c.ID)
		}
		for _, c := range truth.IssueComments {
			want = append(want, c.ID)
		}
		for _, i := range truth.Issues {
			want = append(want, i.ID)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) || pulls != len(truth.PullRequests) {
			t.Errorf("%d rows and %d pull requests, want %d and %d", len(got), pulls, len(want), len(truth.PullRequests))
		}
	})

	if errors := w.Stats().Errors; errors != 0 {
		t.Errorf("%d requests were refused", errors)
	}
}

func parents(c githubsim.CommitTruth) []string {
	if len(c.Parents) == 0 {
		return nil
	}
	return c.Parents
}

func TestDetails_costWhatTheyShould(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.Populate(githubsim.Workload{Commits: 200, PullRequests: 100, ReviewsPerPullRequest: 2})
	truth := w.Truth(org.Login()).Repositories[0]
	commits, pulls := commitRefs(truth.Commits[:100]), pullRequestRefs(truth.PullRequests)
	var usage github.Usage
	ctx := github.WithUsage(t.Context(), &usage)
	for name, call := range map[string]struct {
		read   func() error
		points int64
	}{
		"100 commits":       {func() error { return second(w.client.CommitDetails(ctx, truth.ID, commits)) }, 1},
		"100 pull requests": {func() error { return second(w.client.PullRequestDetails(ctx, truth.ID, pulls)) }, 2},
		"100 repositories":  {func() error { return second(w.client.ProbeRepositories(ctx, ref(org), "")) }, 3},
	} {
		if err := call.read(); err != nil {
			t.Fatal(err)
		}
		if spent := usage.Take(); spent.Requests != 1 || spent.GraphQLPoints != call.points {
			t.Errorf("%s: %d requests and %d points, want 1 and %d", name, spent.Requests, spent.GraphQLPoints, call.points)
		}
	}
	if charged := w.Stats().GraphQLPoints; charged != 6 {
		t.Errorf("GitHub charged %d points, want 6", charged)
	}
}

func TestPullRequestDetails_readsEveryReviewAndCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	repo := w.AddOrganization("acme").AddRepository("api")
	repo.Commit(githubsim.CommitSpec{Author: w.viewer, Message: "Begin"})
	bot := w.AddBot("renovate")
	spec := githubsim.PullRequestSpec{Title: "Large", Author: bot}
	for i := range 230 {
		spec.Commits = append(spec.Commits, githubsim.CommitSpec{Author: w.viewer, Message: fmt.Sprint("Step ", i)})
	}
	large := repo.OpenPullRequest(spec)
	for range 170 {
		large.Review(githubsim.ReviewSpec{Author: bot, State: "COMMENTED"})
	}
	small := repo.OpenPullRequest(githubsim.PullRequestSpec{Title: "Small", Author: w.viewer, Commits: []githubsim.CommitSpec{{Name: "Nobody", Email: "nobody@example.com"}}})
	small.Merge(githubsim.MergeSpec{By: bot})

	details, err := w.client.PullRequestDetails(t.Context(), repo.ID, []github.PullRequestRef{refOf(large), refOf(small)})
	if err != nil {
		t.Fatal(err)
	}
	if got := details[0]; len(got.Commits) != got.CommitsCount || len(got.Commits) != 230 || len(got.Reviews) != 170 {
		t.Errorf("%d of %d commits and %d reviews, want 230 and 170", len(got.Commits), got.CommitsCount, len(got.Reviews))
	}
	seen := map[int64]bool{}
	for _, r := range details[0].Reviews {
		seen[r.ID] = true
	}
	if author := details[0].Reviews[169].Author; len(seen) != 170 || author.Login != "renovate[bot]" || author.Type != "Bot" || author.ID != bot.ID {
		t.Errorf("%d different reviews, the last by %+v", len(seen), author)
	}
	if c := details[1].Commits[0]; c.Author.User != nil || c.Author.Name != "Nobody" || details[1].MergedBy.Login != "renovate[bot]" {
		t.Errorf("author %+v, merged by %+v", c.Author, details[1].MergedBy)
	}
	if c := details[0].Commits[0]; c.Author.User == nil || c.Author.User.ID != w.viewer.ID || c.Message != "Step 0" {
		t.Errorf("first commit %+v", c)
	}
}

func TestPullRequestDetails_stopsAtALimitAndGoesOnAroundTrouble(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	repo := w.AddOrganization("acme").AddRepository("api")
	repo.Commit(githubsim.CommitSpec{Author: w.viewer})
	var ids []github.PullRequestRef
	for range 5 {
		pull := repo.OpenPullRequest(githubsim.PullRequestSpec{Author: w.viewer})
		for range 60 {
			pull.Review(githubsim.ReviewSpec{Author: w.viewer})
		}
		ids = append(ids, refOf(pull))
	}
	complete := func(details []github.PullRequestDetails) {
		t.Helper()
		for i, d := range details {
			if d.Unavailable != "" || len(d.Reviews) != 60 {
				t.Errorf("pull request %d: %d reviews, unavailable %q", i, len(d.Reviews), d.Unavailable)
			}
		}
	}

	withdraw := w.Fail(githubsim.Fault{Kind: githubsim.PoisonedNode, Node: ids[3].NodeID})
	details, err := w.client.PullRequestDetails(t.Context(), repo.ID, ids)
	if err != nil {
		t.Fatal(err)
	}
	complete(details)
	withdraw()

	w.Fail(githubsim.Fault{Match: "pullRequestReviews", Times: 1, Kind: githubsim.HTTPStatus, Status: 502})
	if details, err = w.client.PullRequestDetails(t.Context(), repo.ID, ids); err != nil {
		t.Fatal(err)
	}
	complete(details)

	ids[2].NodeID = "PR_kwDOnobody" // REST uses the number
	if details, err = w.client.PullRequestDetails(t.Context(), repo.ID, ids); err != nil {
		t.Fatal(err)
	}
	complete(details)

	w.Fail(githubsim.Fault{Match: "pullRequestReviews", Times: 1, After: 1, Kind: githubsim.SecondaryLimit, Status: 403, RetryAfter: true})
	limited(t, second(w.client.PullRequestDetails(t.Context(), repo.ID, ids)))
}

func TestProbeRepositories_showsEveryRepository(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.AddOrganization("acme")
	org.AddMember(w.viewer, "admin")
	for i := range 120 {
		org.AddRepository(fmt.Sprint("repo-", i), githubsim.RepositorySettings{Private: i%2 == 0, Archived: i == 5, Fork: i == 6, IssuesDisabled: i == 7, Language: "Go", Description: "Things"})
	}
	repo := org.Repository("repo-8")
	head := repo.Commit(githubsim.CommitSpec{Author: w.viewer})
	repo.OpenPullRequest(githubsim.PullRequestSpec{Author: w.viewer})
	repo.OpenIssue(githubsim.IssueSpec{Author: w.viewer})
	truth := w.Truth("acme").Repositories

	var found []github.ProbedRepository
	var usage github.Usage
	for after := ""; ; {
		page, err := w.client.ProbeRepositories(github.WithUsage(t.Context(), &usage), ref(org), after)
		if err != nil || page.OrganizationID != org.ID || page.Login != "acme" || page.Total != 120 {
			t.Fatalf("got %d repositories of %d, %v", page.Total, page.OrganizationID, err)
		}
		found = append(found, page.Repositories...)
		if after = page.Next; after == "" {
			break
		}
	}
	if spent := usage.Take(); spent.Requests != 2 || spent.GraphQLPoints != 6 {
		t.Errorf("spent %+v for 2 pages, want 2 requests and 6 points", spent)
	}
	slices.SortFunc(found, func(a, b github.ProbedRepository) int { return int(a.ID - b.ID) })
	slices.SortFunc(truth, func(a, b githubsim.RepositoryTruth) int { return int(a.ID - b.ID) })
	for i, r := range found {
		want := truth[i]
		private := "public"
		if want.Private {
			private = "private"
		}
		got := []any{r.ID, r.NodeID, r.Name, r.FullName, r.Visibility, r.Archived, r.Fork, !r.HasIssues, r.HeadSHA, r.Language, r.Description, r.CreatedAt}
		if diff := cmp.Diff([]any{want.ID, want.NodeID, want.Name, want.FullName, private, want.Archived, want.Fork, want.IssuesDisabled, want.HeadSHA, "Go", "Things", want.CreatedAt}, got); diff != "" {
			t.Errorf("%s: %s", want.Name, diff)
		}
		if r.Name == "repo-8" && (r.HeadSHA != head.SHA || r.Empty || r.DefaultBranch != "main" || r.PushedAt == nil || r.PullRequests.Count != 1 || r.Issues.Count != 1 || r.Issues.NewestAt == nil || r.PullRequests.NewestAt == nil) {
			t.Errorf("repo-8: %+v", r)
		}
		if r.Name == "repo-9" && (!r.Empty || r.PullRequests.Count != 0 || r.Issues.NewestAt != nil) {
			t.Errorf("repo-9: %+v", r)
		}
	}
	if got := refused(t, second(w.client.ProbeRepositories(t.Context(), github.OrganizationRef{ID: 999, NodeID: "O_nobody"}, ""))); got.Kind != github.NotFound {
		t.Errorf("got %v", got)
	}
}

func TestCompare_followsHistoryByGraph(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	repo := w.AddOrganization("acme").AddRepository("api")
	base := repo.Commit(githubsim.CommitSpec{Author: w.viewer})
	compare := func(base, head string) (github.Comparison, []string) {
		var first github.Comparison
		var shas []string
		for _, c := range all(t, func(cursor string) (github.Page[*gh.RepositoryCommit], error) {
			c, err := w.client.Compare(t.Context(), repo.ID, base, head, cursor)
			if cursor == "" {
				first = c
			}
			return c.Page, err
		}) {
			shas = append(shas, c.GetSHA())
		}
		return first, shas
	}

	var pushed []string
	for range 260 {
		pushed = append(pushed, repo.Commit(githubsim.CommitSpec{Author: w.viewer}).SHA)
	}
	old := repo.Head("main")
	ahead, shas := compare(base.SHA, old.SHA)
	if ahead.Status != "ahead" || ahead.Total != 260 || !slices.Equal(shas, pushed) {
		t.Errorf("got %s by %d, %d commits", ahead.Status, ahead.Total, len(shas))
	}
	if same, shas := compare(old.SHA, old.SHA); same.Status != "identical" || len(shas) != 0 {
		t.Errorf("got %s with %d commits", same.Status, len(shas))
	}

	repo.ForcePush("main", base.SHA)
	fresh := repo.Commit(githubsim.CommitSpec{Author: w.viewer})
	diverged, shas := compare(old.SHA, fresh.SHA)
	if diverged.Status != "diverged" || !slices.Equal(shas, []string{fresh.SHA}) {
		t.Errorf("got %s with %v", diverged.Status, shas)
	}

	unrelated := repo.Commit(githubsim.CommitSpec{Branch: "pages", Parents: []*githubsim.Commit{}, Author: w.viewer})
	err := second(w.client.Compare(t.Context(), repo.ID, fresh.SHA, unrelated.SHA, ""))
	if got := refused(t, err); got.Kind != github.NoCommonAncestor {
		t.Errorf("got %v", got)
	}
	err = second(w.client.Compare(t.Context(), repo.ID, "0123456789012345678901234567890123456789", fresh.SHA, ""))
	if got := refused(t, err); got.Kind != github.NotFound {
		t.Errorf("got %v", got)
	}
}

func TestCommit_hasTheLineCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	repo := w.AddOrganization("acme").AddRepository("api")
	commit := repo.Commit(githubsim.CommitSpec{Author: w.viewer, Additions: 7, Deletions: 3})
	got, err := w.client.Commit(t.Context(), repo.ID, commit.SHA)
	if err != nil || got.GetStats().GetAdditions() != 7 || got.GetStats().GetDeletions() != 3 {
		t.Errorf("got %v, %v", got.GetStats(), err)
	}
	if got := refused(t, second(w.client.Commit(t.Context(), repo.ID, "0123456789012345678901234567890123456789"))); got.Kind != github.UnknownCommit {
		t.Errorf("got %v", got)
	}
}

func TestClient_meetsOddRepositories(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.AddOrganization("acme")
	gone := org.AddRepository("gone")
	gone.Delete()
	for want, repo := range map[github.Kind]*githubsim.Repository{
		github.EmptyRepository: org.AddRepository("empty"),
		github.Blocked:         org.AddRepository("dmca", githubsim.RepositorySettings{Blocked: "dmca"}),
		github.NotFound:        gone,
	} {
		if got := refused(t, second(w.client.Commits(t.Context(), repo.ID, "main", ""))); got.Kind != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}
	tos := org.AddRepository("tos", githubsim.RepositorySettings{Blocked: "tos"})
	if got := refused(t, second(w.client.Commits(t.Context(), tos.ID, "main", ""))); got.Kind != github.Blocked {
		t.Errorf("got %v", got)
	}
}

func TestClient_meetsEveryRefusalOfAnOrganization(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := func(name string) (*githubsim.Organization, int64) {
		o := w.AddOrganization(name)
		o.AddMember(w.viewer, "member")
		return o, o.AddRepository("secret", githubsim.RepositorySettings{Private: true}).ID
	}
	sso, ssoID := org("sso")
	sso.RequireSSO()
	classic, classicID := org("classic")
	classic.ForbidClassicTokens()
	walled, walledID := org("walled")
	walled.SetIPAllowList(netip.MustParsePrefix("203.0.113.0/24"))
	restricted, restrictedID := org("restricted")
	restricted.RestrictOAuthApps()
	plain, plainID := org("plain")
	const nobodysID = 999

	tests := map[string]struct {
		token        githubsim.Token
		repositoryID int64
		want         github.Kind
	}{
		"SSO":             {githubsim.Token{Scopes: []string{"repo"}}, ssoID, github.SSORequired},
		"classic":         {githubsim.Token{Scopes: []string{"repo"}}, classicID, github.ClassicTokenForbidden},
		"IP":              {githubsim.Token{Scopes: []string{"repo"}}, walledID, github.IPAllowList},
		"OAuth":           {githubsim.Token{Kind: githubsim.OAuthToken, Scopes: []string{"repo"}}, restrictedID, github.OAuthRestricted},
		"scope":           {githubsim.Token{Scopes: []string{"read:org"}}, plainID, github.NotFound}, // GitHub hides it
		"permission":      {githubsim.Token{Kind: githubsim.FineGrainedToken, Organization: plain, Permissions: map[string]string{"metadata": "read"}}, plainID, github.PermissionMissing},
		"revoked":         {githubsim.Token{Revoked: true}, plainID, github.TokenInvalid},
		"expired":         {githubsim.Token{ExpiresAt: time.Now().Add(-time.Hour)}, plainID, github.TokenInvalid},
		"somebody else's": {githubsim.Token{Scopes: []string{"repo"}}, nobodysID, github.NotFound},
	}
	for name, tt := range tests {
		token := w.IssueToken(w.viewer, tt.token)
		err := second(w.as(token).Commits(t.Context(), tt.repositoryID, "main", ""))
		if got := refused(t, err); got.Kind != tt.want {
			t.Errorf("%s: got %v, want %s", name, got, tt.want)
		} else if got.Kind == github.SSORequired && got.RemedyURL == "" {
			t.Error("SSO without GitHub's link")
		}
	}
	scopeless := w.as(w.IssueToken(w.viewer, githubsim.Token{Scopes: []string{"repo"}}))
	if got := refused(t, second(scopeless.Memberships(t.Context(), ""))); got.Kind != github.ScopeMissing {
		t.Errorf("got %v", got)
	}
}

func TestMemberships_listsRolesAndInvitations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owned := w.AddOrganization("owned")
	owned.AddMember(w.viewer, "admin")
	invited := w.AddOrganization("invited")
	invited.Invite(w.viewer, "member")
	for i := range 110 {
		w.AddOrganization(fmt.Sprint("org-", i)).AddMember(w.viewer, "member")
	}
	found := map[string]github.Membership{}
	for _, m := range all(t, func(cursor string) (github.Page[github.Membership], error) {
		return w.client.Memberships(t.Context(), cursor)
	}) {
		found[m.Login] = m
	}
	want := github.Membership{OrganizationID: owned.ID, NodeID: owned.NodeID, Login: "owned", Role: "admin", State: "active"}
	if len(found) != 112 || found["owned"] != want || found["invited"].State != "pending" || found["org-109"].Role != "member" {
		t.Errorf("%d memberships, %+v, %+v", len(found), found["owned"], found["invited"])
	}
}

func TestViewer_isWhoseTokenItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	viewer, err := w.client.Viewer(t.Context())
	want := github.Viewer{ID: w.viewer.ID, NodeID: w.viewer.NodeID, Login: "octocat", Type: "User", Scopes: viewer.Scopes, ScopesKnown: true}
	if err != nil || viewer.ID != want.ID || viewer.NodeID != want.NodeID || viewer.Login != want.Login || len(github.MissingScopes(viewer.Scopes, []string{"repo", "read:org"})) > 0 {
		t.Errorf("got %+v, %v", viewer, err)
	}
	org := w.AddOrganization("acme")
	got, err := w.client.Organization(t.Context(), "ACME")
	if err != nil || got.ID != org.ID || got.NodeID != org.NodeID || got.Login != "acme" {
		t.Errorf("got %+v, %v", got, err)
	}
	if got := refused(t, second(w.client.Organization(t.Context(), "nobody"))); got.Kind != github.NoOrganization {
		t.Errorf("got %v", got)
	}
}

func TestClient_survivesTheFaultDeck(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.Populate(githubsim.Workload{Commits: 100, PullRequests: 20, ReviewsPerPullRequest: 1})
	truth := w.Truth(org.Login()).Repositories[0]
	commits := commitRefs(truth.Commits[:100])

	t.Run("responses", func(t *testing.T) {
		for _, tt := range []struct {
			fault githubsim.Fault
			want  github.Kind
		}{
			{githubsim.Fault{Kind: githubsim.TruncatedBody, Times: 1}, github.BadResponse},
			{githubsim.Fault{Kind: githubsim.EmptyBody, Times: 1}, github.BadResponse},
			{githubsim.Fault{Kind: githubsim.HTTPStatus, Status: 502, Times: 1}, github.ServerError},
			{githubsim.Fault{Kind: githubsim.HTTPStatus, Status: 504, Times: 1}, github.Timeout},
			{githubsim.Fault{Kind: githubsim.HTTPStatus, Status: 410, Times: 1}, github.Gone},
		} {
			w.Fail(tt.fault)
			if got := refused(t, second(w.client.Commits(t.Context(), truth.ID, "main", ""))); got.Kind != tt.want {
				t.Errorf("%+v: got %v", tt.fault, got)
			}
		}
		w.Fail(githubsim.Fault{Kind: githubsim.ConnectionReset, Match: "/pulls"})
		if _, err := w.client.PullRequests(t.Context(), truth.ID, github.NewestFirst, ""); err == nil {
			t.Error("a reset connection answered")
		}
		w.Heal()
	})

	t.Run("details", func(t *testing.T) {
		for _, fault := range []githubsim.Fault{
			{Kind: githubsim.PoisonedNode, Node: commits[42].NodeID},
			{Kind: githubsim.AdditionsUnavailable, Node: truth.Commits[42].SHA},
			{Kind: githubsim.ResourceLimits, MaxNodes: 30},
			{Kind: githubsim.GraphQLTimeout, MaxNodes: 30},
		} {
			w.Fail(fault)
			details, err := w.client.CommitDetails(t.Context(), truth.ID, commits)
			if err != nil {
				t.Fatalf("%s: %v", fault.Kind, err)
			}
			for i, d := range details {
				if c := truth.Commits[i]; d.Unavailable != "" || d.SHA != c.SHA || d.Additions != c.Additions || d.Deletions != c.Deletions || *d.ChangedFiles != c.ChangedFiles {
					t.Errorf("%s: commit %d is %+v, want %+v", fault.Kind, i, d, c)
				}
			}
			w.Heal()
		}
	})

	t.Run("limits", func(t *testing.T) {
		for _, fault := range []githubsim.Fault{
			{Kind: githubsim.PrimaryLimit, Status: 403, For: 2 * time.Second},
			{Kind: githubsim.PrimaryLimit, Status: 429, For: 2 * time.Second},
			{Kind: githubsim.SecondaryLimit, Status: 403, For: 2 * time.Second, RetryAfter: true},
			{Kind: githubsim.SecondaryLimit, Status: 429, For: 2 * time.Second, RetryAfter: true},
			{Kind: githubsim.SecondaryLimit, Status: 403, For: 2 * time.Second, Silent: true},
		} {
			limits := newWorld(t)
			repo := limits.AddOrganization("acme").AddRepository("api")
			repo.Commit(githubsim.CommitSpec{})
			fault.Times = 1
			limits.Fail(fault)
			for range 3 {
				limited(t, second(limits.client.Commits(t.Context(), repo.ID, "main", "")))
			}
			stats := limits.Stats()
			if stats.RESTRequests != 1 || stats.SentWhileLimited != 0 {
				t.Errorf("%+v: %d requests, %d of them while limited", fault, stats.RESTRequests, stats.SentWhileLimited)
			}
		}
	})
}

func TestClient_stopsWhenTheBucketsAreEmpty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.AddOrganization("acme")
	org.AddRepository("api")
	w.SetLimits(5, 5, time.Hour)
	for range 20 {
		_, _ = w.client.Memberships(t.Context(), "")
		_, _ = w.client.ProbeRepositories(t.Context(), ref(org), "")
	}
	stats := w.Stats()
	if stats.SentWhileLimited != 0 || stats.RESTRequests != 5 || stats.GraphQLRequests > 3 {
		t.Errorf("got %+v", stats)
	}
	limited(t, second(w.client.Memberships(t.Context(), "")))
	limited(t, second(w.client.ProbeRepositories(t.Context(), ref(org), "")))
}
