package github_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

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
	before := time.Now()
	first, err := client.Commits(t.Context(), 7, "main", "")
	if err != nil || first.Items[0].GetSHA() != "a" || first.Total != 300 || first.ReadAt.Before(before) {
		t.Fatalf("got %+v, %v", first, err)
	}
	last, err := client.Commits(t.Context(), 7, "main", first.Next)
	if err != nil || last.Items[0].GetSHA() != "b" || last.Next != "" || last.Total != 101 {
		t.Errorf("got %+v, %v", last, err)
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
			return second(c.ReviewComments(t.Context(), 7, since, 100))
		},
		"/repositories/7/issues/comments?direction=asc&page=1&per_page=100&sort=updated": func(c *github.Client) error {
			return second(c.IssueComments(t.Context(), 7, time.Time{}, 0))
		},
		"/repositories/7/issues?direction=asc&page=1&per_page=100&since=2026-01-02T02%3A04%3A05Z&sort=updated&state=all": func(c *github.Client) error {
			return second(c.Issues(t.Context(), 7, since, 0))
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
		expires string // how it ends, or what is said of an end that is not understood
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
