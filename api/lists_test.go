package api_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"tributary/api"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// save stores a page of one stream of the first repository.
func save(t *testing.T, s *store.Store, kind models.StreamKind, page models.Page) {
	t.Helper()
	claim, err := s.ClaimStream(t.Context(), storetest.RepositoryID, kind)
	if err != nil {
		t.Fatal(err)
	}
	page.ReadAt = storetest.Noon
	if page.Next.Cursor == "" {
		page.Next.Cursor = "next"
	}
	if err := s.SavePage(t.Context(), &claim.Stream, page); err != nil {
		t.Fatal(err)
	}
}

func TestLists_arePagedToTheEnd(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	storetest.Integration(t, f.store, 1)
	save(t, f.store, models.StreamCommits, models.Page{Commits: storetest.Commits(1, 25)})

	seen := map[string]bool{}
	for path := "/api/v1/commits?limit=10&author=MONA"; path != ""; {
		a := f.get(t, path)
		var page api.Page[api.Commit]
		a.into(t, http.StatusOK, &page)
		for _, commit := range page.Items {
			if seen[commit.SHA] || commit.Repository != "octo-org/repo-1" {
				t.Errorf("commit %s of %s again or of another repository", commit.SHA, commit.Repository)
			}
			seen[commit.SHA] = true
		}
		link := regexp.MustCompile(`^<\?(.*)>; rel="next"$`).FindStringSubmatch(a.header.Get("Link"))
		if (link == nil) != (page.NextCursor == "") {
			t.Fatalf("Link = %q, next_cursor = %q", a.header.Get("Link"), page.NextCursor)
		}
		path = ""
		if link != nil {
			path = "/api/v1/commits?" + link[1] // keeps limit and author
		}
	}
	if len(seen) != 25 {
		t.Errorf("%d commits in all pages, want 25", len(seen))
	}
}

func TestLists_filter(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	integration := storetest.Integration(t, f.store, 1)
	commits := storetest.Commits(1, 3)
	commits[0].AuthorLogin = "renovate[bot]"
	save(t, f.store, models.StreamCommits, models.Page{Commits: commits})
	at := storetest.Noon
	save(t, f.store, models.StreamPullRequests, models.Page{PullRequests: []models.PullRequest{
		{ID: 1, Number: 1, Title: "open", State: "open", AuthorLogin: "mona", CreatedAt: at, UpdatedAt: at},
		{ID: 2, Number: 2, Title: "merged", State: "closed", Merged: true, CreatedAt: at, UpdatedAt: at, MergedAt: &at},
	}})
	save(t, f.store, models.StreamIssues, models.Page{Issues: []models.Issue{
		{ID: 3, Number: 3, Title: "open", State: "open", CreatedAt: at, UpdatedAt: at},
		{ID: 4, Number: 4, Title: "closed", State: "closed", CreatedAt: at, UpdatedAt: at},
	}})
	save(t, f.store, models.StreamReviewComments, models.Page{ReviewComments: []models.ReviewComment{
		{ID: 5, Number: 1, Body: "on a line", AuthorLogin: "mona", CreatedAt: at, UpdatedAt: at},
	}})
	second := commits[1].CommittedAt.Format("2006-01-02T15:04:05Z")
	for path, want := range map[string]int{
		"/commits":                                      3,
		"/commits?integration=" + integration.ID:        3,
		"/commits?integration=" + someID:                0,
		"/commits?author=Renovate%5Bbot%5D":             1,
		"/commits?organization=9000&repository=1001":    3,
		"/commits?repository=1002":                      0,
		"/commits?since=" + second:                      2,
		"/commits?until=" + second:                      1,
		"/commits?since=" + second + "&until=" + second: 0,
		"/pull-requests":                                2,
		"/pull-requests?state=merged":                   1,
		"/pull-requests?state=open&author=mona":         1,
		"/tickets":                                      2,
		"/tickets?state=closed":                         1,
		"/pr-comments":                                  1,
		"/pr-comments?author=nobody":                    0,
	} {
		var page api.Page[map[string]any]
		f.get(t, "/api/v1"+path).into(t, http.StatusOK, &page)
		if len(page.Items) != want {
			t.Errorf("%s has %d rows, want %d", path, len(page.Items), want)
		}
	}
}

func TestCSV_hasEveryRowOnce(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	storetest.Integration(t, f.store, 1)
	const n = 2500 // more than two of the pages that the file is read in
	save(t, f.store, models.StreamCommits, models.Page{Commits: storetest.Commits(1, n)})

	a := f.get(t, "/api/v1/commits?format=csv&limit=1")
	if got := a.header.Get("Content-Type"); a.status != http.StatusOK || got != "text/csv; charset=utf-8" {
		t.Fatalf("%d, %s: %s", a.status, got, a.body)
	}
	rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(rows[0][:4], ","), "repository_id,repository,sha,message"; got != want {
		t.Errorf("header = %s, want %s", got, want)
	}
	seen := map[string]bool{}
	for _, row := range rows[1:] {
		seen[row[2]] = true
	}
	if len(rows)-1 != n || len(seen) != n {
		t.Errorf("%d rows, %d different ones; want %d", len(rows)-1, len(seen), n)
	}
}

func TestCSV_keepsFormulasFromRunning(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	storetest.Integration(t, f.store, 1)
	titles := []string{
		`=HYPERLINK("https://example.com")`, "+1", "-1", "@SUM(A1)", "\tx", "\rx",
		" =1", "\n=1", "\x01\x1f=1", "\u00a0-1", "\ufeff=1", "\u3000+1", "\u200b\u2028 @x", "＝1", "＋1", "－1", "＠x", " \ufeff＝1",
	}
	dangerous := len(titles)
	titles = append(titles, "plain, with \"quotes\"\nand lines", "", "a;=1", "a =1", "x\t=1", "1-1", " plain", "ä=")
	var issues []models.Issue
	for i, title := range titles {
		issues = append(issues, models.Issue{ID: int64(i + 1), Number: i + 1, Title: title, State: "open", Labels: []string{"=a", "b"},
			CreatedAt: storetest.Noon, UpdatedAt: storetest.Noon})
	}
	save(t, f.store, models.StreamIssues, models.Page{Issues: issues})
	text := f.get(t, "/api/v1/tickets?format=csv").body
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text, `,"a;=1",`) {
		t.Error("a semicolon is not quoted: a spreadsheet may divide there")
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	for _, row := range rows[1:] {
		var number int
		if _, err := fmt.Sscan(row[column["number"]], &number); err != nil {
			t.Fatal(err)
		}
		want := titles[number-1]
		if number <= dangerous {
			want = "'" + want
		}
		if got := row[column["title"]]; got != want {
			t.Errorf("title = %q, want %q", got, want)
		}
		if got := row[column["labels"]]; got != "'=a,b" {
			t.Errorf("labels = %q, want '=a,b", got)
		}
		if got := row[column["created_at"]]; got != "2026-11-22T12:00:00Z" {
			t.Errorf("created_at = %q", got)
		}
		if row[column["author_id"]] != "" || row[column["closed_at"]] != "" {
			t.Errorf("what is absent is not empty: %q", row)
		}
	}
}

func TestCSV_ofNothingHasAHeader(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	for path, header := range map[string]string{"commits": "repository_id,", "pull-requests": "repository_id,", "pr-comments": "kind,id,", "tickets": "repository_id,"} {
		a := f.get(t, "/api/v1/"+path+"?format=csv")
		if a.status != http.StatusOK || !strings.HasPrefix(a.body, header) || strings.Count(a.body, "\n") != 1 {
			t.Errorf("%s: %d, %q", path, a.status, a.body)
		}
	}
}
