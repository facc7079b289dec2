package github_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/github"
	"tributary/githubsim"
)

// owned is a client with a known rate owner, on a host with its own clock.
func (w *world) owned(t *testing.T, now func() time.Time) *github.Client {
	t.Helper()
	host := newHost(t, github.Config{APIURL: w.server.URL, MaxWait: time.Nanosecond, Now: now, RequestsPerMinute: 60_000})
	return host.Client(github.Credential{RateOwner: "user/1", Token: github.StaticToken(w.token)})
}

// sent counts the requests since the last call, by what they ask for.
func (w *world) sent() map[string]int {
	kinds := map[string]int{}
	for _, r := range w.Requests() {
		kind := "others"
		for part, name := range map[string]string{"/graphql": "queries", "/organizations/": "lists", "/pulls?": "pulls", "/issues?": "issues", "/releases?": "releases", "/commits/": "heads"} {
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
		found, rest = append(found, page.Repositories...), page.REST
		for _, reason := range page.Hidden {
			unreadable = append(unreadable, reason.Message)
		}
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
	if diff := cmp.Diff(want, got); diff != "" || !rest || len(unreadable) != 0 {
		t.Errorf("through REST %t, unreadable %q: %s", rest, unreadable, diff)
	}
	if sent, want := w.sent(), map[string]int{"queries": 1, "lists": 2, "pulls": 105, "issues": 104, "heads": 105, "releases": 105}; !cmp.Equal(sent, want) {
		t.Errorf("sent %v, want %v", sent, want)
	}

	org.Repository("repo-3").Commit(githubsim.CommitSpec{Author: w.viewer})
	if got, _, _ = probes(t, client, ref(org)); got[3].HeadSHA != org.Repository("repo-3").Head("").SHA || got[4].HeadSHA != want[4].HeadSHA {
		t.Errorf("heads %s and %s", got[3].HeadSHA, got[4].HeadSHA)
	}
	// The heads of empty repositories and of the one that moved are read. GraphQL is not tried.
	if sent, want := w.sent(), map[string]int{"lists": 2, "pulls": 105, "issues": 104, "heads": 12, "releases": 105}; !cmp.Equal(sent, want) {
		t.Errorf("sent %v, want %v", sent, want)
	}

	withdraw()
	offset = 11 * time.Minute
	if _, _, rest := probes(t, client, ref(org)); rest {
		t.Error("GraphQL is never tried again")
	}
}

func TestProbeRepositories_takesNothingElseForAHead(t *testing.T) {
	t.Parallel()
	for _, said := range []string{"", "HEAD", "main", `{"sha":"aaaa"}`, strings.Repeat("g", 40), strings.Repeat("a", 39), strings.Repeat("a", 41)} {
		w := newWorld(t)
		org := w.AddOrganization("acme")
		org.AddRepository("api").Commit(githubsim.CommitSpec{Author: w.viewer})
		w.Fail(githubsim.Fault{Kind: githubsim.GraphQLRefused})
		s := serve(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/commits/main") {
				answer{200, map[string]string{"Content-Type": "application/vnd.github.sha; charset=utf-8"}, said}.ServeHTTP(rw, r)
				return
			}
			w.ServeHTTP(rw, r)
		}))
		client := s.host(t).Client(github.Credential{Token: github.StaticToken(w.token)})
		page, err := client.ProbeRepositories(t.Context(), ref(org), "")
		if err != nil || len(page.Repositories) != 1 || page.Repositories[0].HeadSHA != "" || len(page.Repositories[0].Refused) != 1 {
			t.Errorf("%q is taken for a head: %+v, %v", said, page, err)
		}
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
	if len(found) != 4 || !slices.Equal(unreadable, []string{"Repository access blocked"}) {
		t.Fatalf("%d readable repositories, unreadable %q", len(found), unreadable)
	}
	if r := found[1]; r.ID != broken.ID || len(r.Refused) != 1 || r.Refused[0].Part != github.IssuesPart || !r.Refused[0].Reason.Temporary() || r.HeadSHA == "" {
		t.Errorf("the one whose issues GitHub fails at is %+v", r)
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
				listed = listed || r.URL.Path != "/user" // which shows that a token is good
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

func TestProbeRepositories_goesOnAroundOneThatGitHubNeverComputes(t *testing.T) {
	t.Parallel()
	for name, poisoned := range map[string][]int{"the first": {0}, "one in the middle": {60}, "the last": {104}, "two side by side": {60, 61}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			org := w.AddOrganization("acme")
			for i := range 105 {
				repo := org.AddRepository(fmt.Sprint("repo-", i))
				repo.Commit(githubsim.CommitSpec{Author: w.viewer})
				repo.OpenPullRequest(githubsim.PullRequestSpec{Author: w.viewer})
			}
			client := w.owned(t, time.Now)
			want, _, _ := probes(t, client, ref(org))
			w.sent()
			for _, i := range poisoned {
				w.Fail(githubsim.Fault{Kind: githubsim.PoisonedNode, Node: org.Repository(fmt.Sprint("repo-", i)).NodeID})
			}
			got, unreadable, _ := probes(t, client, ref(org))
			for _, i := range poisoned {
				got[i].Issues.Count, got[i].Issues.NewestAt = 0, nil // REST lists pull requests among them
			}
			if diff := cmp.Diff(want, got); diff != "" || len(unreadable) > 0 {
				t.Errorf("unreadable are %q: %s", unreadable, diff)
			}
			if sent := w.sent(); sent["queries"] > 40 || sent["pulls"] != len(poisoned) {
				t.Errorf("sent %v", sent)
			}
		})
	}
}

func TestProbeRepositories_asksLittleInAnOutage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.AddOrganization("acme")
	for i := range 3 {
		org.AddRepository(fmt.Sprint("repo-", i))
	}
	now := time.Now()
	client := w.owned(t, func() time.Time { return now })
	withdraw := w.Fail(githubsim.Fault{Match: "probeRepositories", Kind: githubsim.HTTPStatus, Status: 502})
	for range 60 {
		if _, err := client.ProbeRepositories(t.Context(), ref(org), ""); err == nil {
			t.Fatal("the probe is answered")
		}
		now = now.Add(time.Second / 2)
	}
	if sent := w.sent(); sent["queries"] >= 20 || len(sent) != 1 {
		t.Errorf("sent %v in 30 seconds", sent)
	}
	withdraw()
	now = now.Add(time.Minute)
	if page, err := client.ProbeRepositories(t.Context(), ref(org), ""); err != nil || len(page.Repositories) == 0 {
		t.Errorf("after the outage: %+v, %v", page, err)
	}
}
