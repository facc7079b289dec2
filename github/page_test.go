package github_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gh "github.com/google/go-github/v60/github"

	"tributary/github"
)

func TestCommits_followsGitHubsOwnLinks(t *testing.T) {
	t.Parallel()
	var base string
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next := base + "/repositories/7/commits?weird=%2Bcursor%3D&page=2"
		switch r.URL.String() {
		case "/repositories/7/commits?per_page=100&sha=main":
			answer{200, map[string]string{"Link": fmt.Sprintf(`<%s>; rel="next", <%s/x?page=3>; rel="last"`, next, base)}, `[{"sha":"a"}]`}.ServeHTTP(w, r)
		case "/repositories/7/commits?weird=%2Bcursor%3D&page=2":
			answer{200, map[string]string{"Link": fmt.Sprintf(`<%s/x?page=1>; rel="prev"`, base)}, `[{"sha":"b"}]`}.ServeHTTP(w, r)
		default:
			t.Errorf("asked for %s", r.URL)
		}
	}))
	base = s.URL
	client := s.client(t)
	before := time.Now().Add(-2 * time.Second) // GitHub's clock has whole seconds
	first, err := client.Commits(t.Context(), 7, "main", "")
	if err != nil || first.Items[0].GetSHA() != "a" || first.Total != 300 || first.ReadAt.Before(before) {
		t.Fatalf("got %+v, %v", first, err)
	}
	last, err := client.Commits(t.Context(), 7, "main", first.Next)
	if err != nil || last.Items[0].GetSHA() != "b" || last.Next != "" || last.Total != 101 {
		t.Errorf("got %+v, %v", last, err)
	}
}

// TestList_endsWhereItsEndIsProven reads lists with missing or wrong Link headers.
func TestList_endsWhereItsEndIsProven(t *testing.T) {
	t.Parallel()
	rows := func(from, to int) string {
		list := []string{}
		for i := from; i < to; i++ {
			list = append(list, fmt.Sprintf(`{"sha":"%d"}`, i))
		}
		return "[" + strings.Join(list, ",") + "]"
	}
	link := func(rel string, page int) map[string]string {
		return map[string]string{"Link": fmt.Sprintf(`</repositories/7/commits?per_page=100&sha=main&page=%d>; rel="%s"`, page, rel)}
	}
	for name, tt := range map[string]struct {
		pages    []answer // the last one repeats
		rows     int
		requests int32
		kind     github.Kind
	}{
		"a short page":                          {pages: []answer{{200, nil, rows(0, 99)}}, rows: 99, requests: 1},
		"full pages without links":              {pages: []answer{{200, nil, rows(0, 100)}, {200, nil, rows(100, 200)}, {200, nil, rows(200, 230)}}, rows: 230, requests: 3},
		"a full page, and an empty one":         {pages: []answer{{200, nil, rows(0, 100)}, {200, nil, `[]`}}, rows: 100, requests: 2},
		"a full page that links back only":      {pages: []answer{{200, link("next", 2), rows(0, 100)}, {200, link("prev", 1), rows(100, 200)}}, rows: 200, requests: 2},
		"an empty page for once":                {pages: []answer{{200, link("next", 2), `[]`}, {200, link("next", 2), rows(0, 100)}, {200, link("prev", 1), rows(100, 101)}}, rows: 101, requests: 3},
		"an empty page that stays so":           {pages: []answer{{200, link("next", 2), `[]`}, {200, link("next", 2), `[]`}, {200, link("next", 2), `[]`}, {200, nil, rows(0, 3)}}, rows: 3, requests: 4},
		"undecodable rows for once":             {pages: []answer{{200, nil, `[{"sha":1}]`}, {200, nil, rows(0, 3)}}, rows: 3, requests: 2},
		"empty pages without end":               {pages: []answer{{200, link("next", 2), `[]`}, {200, link("next", 2), `[]`}, {200, link("next", 2), `[]`}, {200, link("next", 3), `[]`}}, requests: 4, kind: github.Endless},
		"the same page, whatever is asked for":  {pages: []answer{{200, nil, rows(0, 100)}}, requests: 2, kind: github.Endless},
		"a link to the page itself":             {pages: []answer{{200, link("next", 1), rows(0, 100)}}, requests: 1, kind: github.Endless},
		"the same page behind each link":        {pages: []answer{{200, link("next", 2), rows(0, 100)}, {200, link("next", 3), rows(0, 100)}}, requests: 2, kind: github.Endless},
		"a link back in the middle of the list": {pages: []answer{{200, link("next", 2), rows(0, 100)}, {200, link("next", 1), rows(100, 200)}}, requests: 2, kind: github.Endless},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var n atomic.Int32
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				tt.pages[min(int(n.Add(1)), len(tt.pages))-1].ServeHTTP(w, r)
			}))
			got := 0
			err := github.EachPage(t.Context(), 1000, func(ctx context.Context, cursor string) (github.Page[*gh.RepositoryCommit], error) {
				return s.client(t).Commits(ctx, 7, "main", cursor)
			}, func(page github.Page[*gh.RepositoryCommit]) error {
				got += len(page.Items)
				return nil
			})
			var refused *github.Error
			if errors.As(err, &refused) != (tt.kind != "") || tt.kind != "" && refused.Kind != tt.kind {
				t.Fatalf("ended with %v, want %q", err, tt.kind)
			}
			if err == nil && got != tt.rows || n.Load() != tt.requests {
				t.Errorf("%d rows with %d requests, want %d with %d", got, n.Load(), tt.rows, tt.requests)
			}
		})
	}
}

func TestCompare_endsWhenAllCommitsWereShown(t *testing.T) {
	t.Parallel()
	s := serve(t, ok(`{"status":"ahead","total_commits":2,"commits":[{"sha":"a"},{"sha":"b"}]}`))
	if got, err := s.client(t).Compare(t.Context(), 7, "a", "b", ""); err != nil || len(got.Items) != 2 || got.Next != "" || got.Total != 2 {
		t.Errorf("got %+v, %v", got, err)
	}
	s = serve(t, ok(`{"status":"ahead","total_commits":3,"commits":[{"sha":"a"},{"sha":"b"}]}`))
	if got := refused(t, second(s.client(t).Compare(t.Context(), 7, "a", "b", ""))); got.Kind != github.Incomparable {
		t.Errorf("a comparison that lacks one: %v", got)
	}
}

// A time that is compared with GitHub's times must be by GitHub's clock.
func TestReadAt_isGitHubsTime(t *testing.T) {
	t.Parallel()
	ours := time.Date(2026, 3, 1, 12, 0, 0, 700_000_000, time.UTC)
	theirs := ours.Add(-3 * time.Hour).Truncate(time.Second)
	bodies := map[string]string{
		"/repositories/7":               `{"id":7}`,
		"/repositories/7/commits":       `[]`,
		"/repositories/7/compare/a...b": `{"status":"identical","total_commits":0,"commits":[]}`,
		"/graphql":                      `{"data":{"nodes":[]}}`,
	}
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer{200, map[string]string{"Date": theirs.Format(http.TimeFormat)}, bodies[r.URL.Path]}.ServeHTTP(w, r)
	}))
	host, err := github.NewHost(github.Config{APIURL: s.URL + "/", Now: func() time.Time { return ours }})
	if err != nil {
		t.Fatal(err)
	}
	client := host.Client(github.Credential{Token: github.StaticToken(secret)})
	for what, read := range map[string]func() (time.Time, error){
		"a list": func() (time.Time, error) {
			page, err := client.Commits(t.Context(), 7, "main", "")
			return page.ReadAt, err
		},
		"a comparison": func() (time.Time, error) {
			page, err := client.Compare(t.Context(), 7, "a", "b", "")
			return page.ReadAt, err
		},
		"a repository": func() (time.Time, error) { r, err := client.RepositoryByID(t.Context(), 7); return r.ReadAt, err },
		"named repositories": func() (time.Time, error) {
			page, err := client.ProbeNamed(t.Context(), github.OrganizationRef{ID: 1, NodeID: "O_1"}, []string{"R_7"})
			return page.ReadAt, err
		},
	} {
		if at, err := read(); err != nil || !at.Equal(theirs) {
			t.Errorf("%s was read at %s, want %s (%v)", what, at, theirs, err)
		}
	}
	if got := client.AtGitHub(ours.Add(time.Minute)); !got.Equal(theirs.Add(time.Minute)) {
		t.Errorf("a minute later it is %s, want %s", got, theirs.Add(time.Minute))
	}
}

func TestList_sendsTheQuestionOfEachListing(t *testing.T) {
	t.Parallel()
	since := time.Date(2026, 1, 2, 3, 4, 5, 678, time.FixedZone("", 3600))
	tests := map[string]func(*github.Client) error{
		"/repositories/7/pulls?direction=desc&per_page=100&sort=created&state=all": func(c *github.Client) error {
			return second(c.PullRequests(t.Context(), 7, github.NewestFirst, ""))
		},
		"/repositories/7/pulls?direction=desc&per_page=100&sort=updated&state=all": func(c *github.Client) error {
			return second(c.PullRequests(t.Context(), 7, github.RecentlyUpdatedFirst, ""))
		},
		"/repositories/7/pulls/comments?direction=asc&page=2&per_page=99&since=2026-01-02T02%3A04%3A05Z&sort=updated": func(c *github.Client) error {
			return second(c.ReviewComments(t.Context(), 7, github.Position{Since: since, Skip: 100}))
		},
		"/repositories/7/issues/comments?direction=asc&page=1&per_page=100&sort=updated": func(c *github.Client) error {
			return second(c.IssueComments(t.Context(), 7, github.Position{}))
		},
		"/repositories/7/issues?direction=asc&page=1&per_page=100&since=2026-01-02T02%3A04%3A05Z&sort=updated&state=all": func(c *github.Client) error {
			return second(c.Issues(t.Context(), 7, github.Position{Since: since}))
		},
		"/repositories/7/compare/a...b?page=1&per_page=100": func(c *github.Client) error {
			return second(c.Compare(t.Context(), 7, "a", "b", ""))
		},
		"/repositories/7/commits/a?per_page=1": func(c *github.Client) error {
			return second(c.Commit(t.Context(), 7, "a"))
		},
		"/user/memberships/orgs?per_page=100": func(c *github.Client) error {
			return second(c.Memberships(t.Context(), ""))
		},
	}
	for want, call := range tests {
		var asked string
		s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = r.URL.String()
			ok(`[]`).ServeHTTP(w, r)
		}))
		_ = call(s.client(t)) // two of them expect an object
		if asked != want {
			t.Errorf("asked for\n%s, want\n%s", asked, want)
		}
	}
}

func TestList_keepsTheRowsBesideAMalformedOne(t *testing.T) {
	t.Parallel()
	s := serve(t, ok(`[{"node_id":"A","sha":"a"},{"node_id":"B","commit":{"author":{"date":"not a date"}}},null,{"node_id":"C","sha":"c"}]`))
	page, err := s.client(t).Commits(t.Context(), 7, "main", "")
	if err != nil || len(page.Items) != 2 || page.Items[1].GetSHA() != "c" {
		t.Fatalf("got %+v, %v", page, err)
	}
	if len(page.Malformed) != 2 || page.Malformed[0].NodeID != "B" || page.Malformed[0].Reason == "" {
		t.Errorf("malformed %+v, want B with its reason and a null", page.Malformed)
	}
}

func TestMemberships_saysWhichOrganizationsSingleSignOnHides(t *testing.T) {
	t.Parallel()
	s := serve(t, answer{200, map[string]string{"X-GitHub-SSO": "partial-results; organizations=21955855,20582480"},
		`[{"state":"pending","role":"admin","organization":{"id":5,"node_id":"O_5","login":"acme"}}]`})
	page, err := s.client(t).Memberships(t.Context(), "")
	if err != nil || !slices.Equal(page.PartialSSO, []int64{21955855, 20582480}) {
		t.Errorf("hidden %v, %v", page.PartialSSO, err)
	}
	want := github.Membership{OrganizationID: 5, NodeID: "O_5", Login: "acme", Role: "admin", State: "pending"}
	if len(page.Items) != 1 || page.Items[0] != want {
		t.Errorf("got %+v, want %+v", page.Items, want)
	}
}

func TestViewer_tellsScopesFromSilence(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		headers map[string]string
		scopes  []string
		known   bool
		expires string // its end, or the text of an unknown form
	}{
		"RFC 3339":     {map[string]string{"GitHub-Authentication-Token-Expiration": "2024-09-04T19:35:38+02:00"}, nil, false, "2024-09-04T17:35:38Z"},
		"no zone":      {map[string]string{"GitHub-Authentication-Token-Expiration": "2024-09-04 17:35:38"}, nil, false, "2024-09-04T17:35:38Z"},
		"as HTTP has":  {map[string]string{"GitHub-Authentication-Token-Expiration": "Wed, 04 Sep 2024 17:35:38 GMT"}, nil, false, "2024-09-04T17:35:38Z"},
		"letters":      {map[string]string{"GitHub-Authentication-Token-Expiration": "2024-09-04 10:35:38 PDT"}, nil, false, "not understood: 2024-09-04 10:35:38 PDT"},
		"a new form":   {map[string]string{"GitHub-Authentication-Token-Expiration": "in 90 days"}, nil, false, "not understood: in 90 days"},
		"classic":      {map[string]string{"X-OAuth-Scopes": "repo, read:org", "GitHub-Authentication-Token-Expiration": "2024-09-04 17:35:38 UTC"}, []string{"repo", "read:org"}, true, "2024-09-04T17:35:38Z"},
		"scopeless":    {map[string]string{"X-OAuth-Scopes": ""}, []string{}, true, ""},
		"fine-grained": {map[string]string{"GitHub-Authentication-Token-Expiration": "2024-09-04 19:35:38 +0200"}, nil, false, "2024-09-04T17:35:38Z"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			viewer, err := serve(t, answer{200, tt.headers, `{"id":1,"node_id":"U_1","login":"octocat","type":"User"}`}).client(t).Viewer(t.Context())
			if err != nil || viewer.ID != 1 || viewer.NodeID != "U_1" || viewer.Login != "octocat" || viewer.Type != "User" {
				t.Fatalf("got %+v, %v", viewer, err)
			}
			if !slices.Equal(viewer.Scopes, tt.scopes) || (viewer.Scopes == nil) != !tt.known || viewer.ScopesKnown != tt.known {
				t.Errorf("scopes %#v, known %t; want %#v, %t", viewer.Scopes, viewer.ScopesKnown, tt.scopes, tt.known)
			}
			expires := ""
			if viewer.ExpiresAt != nil {
				expires = viewer.ExpiresAt.Format(time.RFC3339)
			}
			if viewer.ExpiresText != "" {
				expires = "not understood: " + viewer.ExpiresText
			}
			if expires != tt.expires {
				t.Errorf("expires %q, want %q", expires, tt.expires)
			}
		})
	}
}

// The client leaves a GraphQL connection that goes in a circle.
func TestPullRequestDetails_leaveACircle(t *testing.T) {
	t.Parallel()
	page := func(what, cursor string) string {
		return `"` + what + `":{"totalCount":1,"pageInfo":{"hasNextPage":true,"endCursor":"` + cursor + `"},"nodes":[]}`
	}
	last := func(what string) string {
		return `"` + what + `":{"totalCount":0,"pageInfo":{"hasNextPage":false},"nodes":[]}`
	}
	for circling, still := range map[string]string{"reviews": "commits", "commits": "reviews"} {
		for _, turn := range [][]string{{"A"}, {"A", "B", "C"}, {""}} {
			t.Run(fmt.Sprint(circling, turn), func(t *testing.T) {
				t.Parallel()
				var asked atomic.Int64
				s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					cursor := turn[int(asked.Add(1))%len(turn)]
					if r.Method == http.MethodGet { // REST does not help either
						answer{status: 502}.ServeHTTP(w, r)
						return
					}
					body, _ := io.ReadAll(r.Body)
					if strings.Contains(string(body), `"operationName":"pullRequestDetails"`) {
						ok(`{"data":{"nodes":[{"__typename":"PullRequest","id":"PR_1","fullDatabaseId":"1","number":4,"updatedAt":"2026-01-02T03:04:05Z","additions":1,"deletions":2,"changedFiles":3,"mergedBy":null,"comments":{"totalCount":0},`+
							page(circling, cursor)+`,`+last(still)+`}]}}`).ServeHTTP(w, r)
						return
					}
					ok(`{"data":{"node":{"__typename":"PullRequest",`+page(circling, cursor)+`}}}`).ServeHTTP(w, r)
				}))
				_, err := s.client(t).PullRequestDetails(t.Context(), 7, []github.PullRequestRef{{NodeID: "PR_1", Number: 4}})
				if got := refused(t, err); !got.Temporary() {
					t.Errorf("it is given up: %v", got)
				}
				if n := asked.Load(); n > 15 {
					t.Errorf("%d requests", n)
				}
			})
		}
	}
}
