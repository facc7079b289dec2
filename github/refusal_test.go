package github_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tributary/github"
	"tributary/githubsim"
)

// owned is a client whose rate owner is known, for a host with a clock of its own.
func (w *world) owned(t *testing.T, now func() time.Time) *github.Client {
	t.Helper()
	host := newHost(t, github.Config{APIURL: w.server.URL, MaxWait: time.Nanosecond, Now: now, RequestsPerMinute: 60_000})
	return host.Client(github.Credential{RateOwner: "user/1", Token: github.StaticToken(w.token)})
}

// sent are the requests since the last call, by what they ask for.
func (w *world) sent() map[string]int {
	kinds := map[string]int{}
	for _, r := range w.Requests() {
		kind := "others"
		for part, name := range map[string]string{"/graphql": "queries", "/organizations/": "lists", "/pulls?": "pulls", "/issues?": "issues", "/commits/": "heads"} {
			if strings.Contains(r.URL, part) {
				kind = name
			}
		}
		kinds[kind]++
	}
	w.ResetRequests()
	return kinds
}

// probes reads all pages of the change probe.
func probes(t *testing.T, client *github.Client, organization github.OrganizationRef) (found []github.ProbedRepository, unreadable []string, rest bool) {
	t.Helper()
	for after := ""; ; {
		page, err := client.ProbeRepositories(t.Context(), organization, after)
		if err != nil {
			t.Fatal(err)
		}
		if page.OrganizationID != organization.ID || page.Login != "acme" || page.ReadAt.IsZero() {
			t.Errorf("the page is of %d, %q, read at %v", page.OrganizationID, page.Login, page.ReadAt)
		}
		found, unreadable, rest = append(found, page.Repositories...), append(unreadable, page.Unreadable...), page.REST
		if after = page.Next; after == "" {
			return found, unreadable, rest
		}
	}
}

func TestProbeRepositories_asksRESTWhereGraphQLIsRefused(t *testing.T) {
	t.Parallel()
	var ago atomic.Int64
	ago.Store(int64(time.Hour))
	w := newWorldWith(t, githubsim.Config{Now: func() time.Time { return time.Now().Add(-time.Duration(ago.Load())) }})
	org := w.AddOrganization("acme")
	org.AddMember(w.viewer, "admin")
	for i := range 105 {
		repo := org.AddRepository(fmt.Sprint("repo-", i), githubsim.RepositorySettings{Private: i%2 == 0, IssuesDisabled: i == 7, Language: "Go"})
		if i%10 == 0 {
			continue // empty
		}
		repo.Commit(githubsim.CommitSpec{Author: w.viewer})
		repo.OpenPullRequest(githubsim.PullRequestSpec{Author: w.viewer})
		repo.OpenPullRequest(githubsim.PullRequestSpec{Author: w.viewer})
		repo.OpenIssue(githubsim.IssueSpec{Author: w.viewer})
	}
	org.Repository("repo-9").Change(func(s *githubsim.RepositorySettings) { s.DefaultBranch = "release/v1" })
	ago.Store(0)
	var offset time.Duration
	client := w.owned(t, func() time.Time { return time.Now().Add(offset) })
	want, _, rest := probes(t, client, ref(org))
	if rest || len(want) != 105 {
		t.Fatalf("GraphQL: %d repositories, through REST %t", len(want), rest)
	}
	w.sent()

	withdraw := w.Fail(githubsim.Fault{Kind: githubsim.GraphQLRefused})
	got, unreadable, rest := probes(t, client, ref(org))
	if diff := gocmp.Diff(want, got); diff != "" || !rest || len(unreadable) != 0 {
		t.Errorf("through REST %t, unreadable %q: %s", rest, unreadable, diff)
	}
	if sent, want := w.sent(), map[string]int{"queries": 1, "lists": 2, "pulls": 105, "issues": 104, "heads": 105}; !gocmp.Equal(sent, want) {
		t.Errorf("sent %v, want %v", sent, want)
	}

	org.Repository("repo-3").Commit(githubsim.CommitSpec{Author: w.viewer})
	if got, _, _ = probes(t, client, ref(org)); got[3].HeadSHA != org.Repository("repo-3").Head("").SHA || got[4].HeadSHA != want[4].HeadSHA {
		t.Errorf("heads %s and %s", got[3].HeadSHA, got[4].HeadSHA)
	}
	// Empty repositories and the one that moved are asked for their heads, GraphQL is not tried.
	if sent, want := w.sent(), map[string]int{"lists": 2, "pulls": 105, "issues": 104, "heads": 12}; !gocmp.Equal(sent, want) {
		t.Errorf("sent %v, want %v", sent, want)
	}

	withdraw()
	offset = 11 * time.Minute
	if _, _, rest := probes(t, client, ref(org)); rest {
		t.Error("GraphQL is never tried again")
	}
}

func TestProbeRepositories_goesOnInRESTAroundTrouble(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.AddOrganization("acme")
	for i := range 5 {
		org.AddRepository(fmt.Sprint("repo-", i)).Commit(githubsim.CommitSpec{Author: w.viewer})
	}
	blocked, broken := org.Repository("repo-1"), org.Repository("repo-2")
	blocked.Change(func(s *githubsim.RepositorySettings) { s.Blocked = "dmca" })
	w.Fail(githubsim.Fault{Kind: githubsim.GraphQLRefused, Status: 404})
	w.Fail(githubsim.Fault{Match: fmt.Sprintf("/%d/issues", broken.ID), Kind: githubsim.HTTPStatus, Status: 500})
	w.Fail(githubsim.Fault{Match: fmt.Sprintf("/%d/pulls", org.Repository("repo-3").ID), Kind: githubsim.HTTPStatus, Status: 502, Times: 1})
	found, unreadable, _ := probes(t, w.client, ref(org))
	if slices.Sort(unreadable); len(found) != 3 || !slices.Equal(unreadable, []string{"Repository access blocked", "Server Error"}) {
		t.Errorf("%d readable repositories, unreadable %q", len(found), unreadable)
	}
	if empty := w.AddOrganization("empty"); len(empty.Login()) > 0 {
		page, err := w.client.ProbeRepositories(t.Context(), ref(empty), "")
		if err != nil || page.Login != "empty" || !page.REST || len(page.Repositories) != 0 || page.Next != "" {
			t.Errorf("of an organization without repositories: %+v, %v", page, err)
		}
	}

	w.Fail(githubsim.Fault{Match: "/repositories/", Kind: githubsim.HTTPStatus, Status: 500})
	if got := refused(t, second(w.client.ProbeRepositories(t.Context(), ref(org), ""))); got.Kind != github.ServerError {
		t.Errorf("in an outage: %v", got)
	}
	w.Heal()
	w.Fail(githubsim.Fault{Kind: githubsim.GraphQLRefused})
	w.Fail(githubsim.Fault{Match: "/pulls?", After: 2, Times: 1, Kind: githubsim.SecondaryLimit, RetryAfter: true})
	limited(t, second(w.client.ProbeRepositories(t.Context(), ref(org), "")))
}

func TestClient_takesNoOtherRefusalForOneOfGraphQL(t *testing.T) {
	t.Parallel()
	message := func(status int, headers map[string]string, text string) answer {
		return answer{status, headers, `{"message":"` + text + `"}`}
	}
	for name, tt := range map[string]struct {
		answer answer
		rest   bool
	}{
		"refused":        {message(403, nil, "GraphQL is not available here."), true},
		"no permission":  {message(403, nil, "Resource not accessible by integration"), true},
		"no such path":   {message(404, nil, "Not Found"), true},
		"no POST":        {message(405, nil, "Method Not Allowed"), true},
		"switched off":   {message(410, nil, "Gone"), true},
		"not built in":   {message(501, nil, "Not Implemented"), true},
		"IP allow list":  {message(403, nil, "the `acme` organization has an IP allow list enabled"), false},
		"SSO":            {message(403, map[string]string{"X-GitHub-SSO": "required; url=https://github.com/orgs/acme/sso"}, "Resource protected by organization SAML enforcement."), false},
		"bad token":      {message(401, nil, "Bad credentials"), false},
		"limit":          {message(403, nil, "You have exceeded a secondary rate limit."), false},
		"outage":         {message(503, nil, "No server is currently available to service your request."), false},
		"bad gateway":    {message(502, nil, "Server Error"), false},
		"no such scopes": {message(404, map[string]string{"X-OAuth-Scopes": "repo", "X-Accepted-OAuth-Scopes": "read:org"}, "Not Found"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listed := false
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					tt.answer.ServeHTTP(w, r)
					return
				}
				listed = true
				body := `[]`
				if r.URL.Path == "/organizations/5" {
					body = `{"id":5,"login":"acme"}`
				}
				ok(body).ServeHTTP(w, r)
			}))
			_, err := s.client(t).ProbeRepositories(t.Context(), acme, "")
			if listed != tt.rest || (err == nil) != tt.rest {
				t.Errorf("REST was asked: %t, %v; want %t", listed, err, tt.rest)
			}
		})
	}
}

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
				t.Errorf("commit %d has %v files, want %d", i, got, want) // of 3,000 GitHub lists, it may have more
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
	if stats := w.Stats(); stats.GraphQLRequests != 1 || stats.RESTRequests != 10 {
		t.Errorf("%d queries and %d requests through REST, want 1 and 10", stats.GraphQLRequests, stats.RESTRequests)
	}
}

func TestCommitDetails_areUnavailableWhenRESTRefusesToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.AddOrganization("acme")
	org.AddMember(w.viewer, "member")
	repo := org.AddRepository("api", githubsim.RepositorySettings{Private: true})
	var commits []github.CommitRef
	for range 4 {
		c := repo.Commit(githubsim.CommitSpec{Author: w.viewer, Additions: 3})
		commits = append(commits, github.CommitRef{NodeID: githubsim.CommitNodeID(repo.ID, c.SHA), SHA: c.SHA})
	}
	w.Fail(githubsim.Fault{Kind: githubsim.AdditionsUnavailable, Node: commits[1].SHA})
	w.Fail(githubsim.Fault{Kind: githubsim.PoisonedNode, Node: commits[2].NodeID})
	commits = append(commits, github.CommitRef{NodeID: "C_none", SHA: strings.Repeat("ab", 20)})
	both := map[int]string{
		1: "The additions count for this commit is unavailable.",
		2: "We couldn't respond to your request in time.",
		4: "Could not resolve to a node with the global id of 'C_none'",
	}
	unavailable := func(want map[int]string) {
		t.Helper()
		details, err := w.client.CommitDetails(t.Context(), repo.ID, commits)
		if err != nil {
			t.Fatal(err)
		}
		for i, d := range details {
			if reason := want[i]; !strings.HasPrefix(d.Unavailable, reason) || (reason == "") != (d.Unavailable == "") || (reason == "") != (d.Additions == 3) {
				t.Errorf("commit %d: %+v, want unavailable %q", i, d, reason)
			}
		}
	}
	unavailable(map[int]string{4: both[4]})

	for _, i := range []int{1, 2} {
		w.Fail(githubsim.Fault{Match: "/commits/" + commits[i].SHA, Kind: githubsim.HTTPStatus, Status: 502})
	}
	unavailable(both)
	w.Fail(githubsim.Fault{Kind: githubsim.GraphQLRefused})
	unavailable(map[int]string{1: "Bad Gateway", 2: "Bad Gateway", 4: "No commit found for SHA"})

	// Nothing is blamed on a commit while GitHub does not even show the repository.
	withdraw := w.Fail(githubsim.Fault{Match: fmt.Sprintf("GET /repositories/%d", repo.ID), Kind: githubsim.HTTPStatus, Status: 502})
	if got := refused(t, second(w.client.CommitDetails(t.Context(), repo.ID, commits))); !got.Temporary() {
		t.Errorf("in an outage: %v", got)
	}
	withdraw()
	org.RemoveMember(w.viewer)
	if got := refused(t, second(w.client.CommitDetails(t.Context(), repo.ID, commits))); got.Kind != github.NotFound {
		t.Errorf("without access: %v", got)
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
		spec.Commits = append(spec.Commits, githubsim.CommitSpec{Author: w.viewer}) // of a bot's commits only REST knows the account
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
	if diff := gocmp.Diff(want, got, untold); diff != "" {
		t.Error(diff)
	}
	if stats := w.Stats(); stats.GraphQLRequests != 1 || stats.RESTRequests != 3*len(pulls)+2 {
		t.Errorf("%d queries and %d requests through REST for %d pull requests", stats.GraphQLRequests, stats.RESTRequests, len(pulls))
	}

	w.Fail(githubsim.Fault{Match: fmt.Sprintf("/pulls/%d/reviews", large.Number), Kind: githubsim.HTTPStatus, Status: 502})
	got, err = w.client.PullRequestDetails(t.Context(), repo.ID, pulls)
	if err != nil || got[len(got)-1].Unavailable == "" || got[0].Unavailable != "" {
		t.Errorf("one that GitHub fails at: %+v, %v", got[len(got)-1], err)
	}
	w.Fail(githubsim.Fault{Match: "/reviews", Times: 1, Kind: githubsim.SecondaryLimit})
	var limit *github.RateLimitError
	if _, err := w.client.PullRequestDetails(t.Context(), repo.ID, pulls); !errors.As(err, &limit) {
		t.Errorf("a limit: %v", err)
	}
}
