package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// fill stores three of everything in repository 1, hours apart, and the same a
// minute later in repository 2.
func fill(t *testing.T, s *store.Store) models.Integration {
	t.Helper()
	integration := storetest.Integration(t, s, 2)
	for r := range 2 {
		at := func(n int) time.Time {
			return storetest.Noon.Add(time.Duration(n)*time.Hour + time.Duration(r)*time.Minute)
		}
		author := []string{"Mona", "hubot", "mona"}
		page := models.Page{Next: models.Checkpoint{Cursor: "1"}, ReadAt: storetest.Noon}
		for n := range 3 {
			id := int64(100*r + n)
			commit := storetest.Commits(n+1, 1)[0]
			commit.CommittedAt, commit.AuthorLogin = at(n), author[n]
			page.Commits = append(page.Commits, commit)
			pull := models.PullRequest{Number: n + 1, Title: fmt.Sprint("pull ", n), State: "closed", Merged: n == 1, AuthorLogin: author[n], CreatedAt: at(n), UpdatedAt: at(n)}
			if n == 2 {
				pull.State = "open"
			}
			page.PullRequests = append(page.PullRequests, pull)
			page.Issues = append(page.Issues, models.Issue{Number: n + 10, State: "open", AuthorLogin: author[n], UpdatedAt: at(n)})
			page.ReviewComments = append(page.ReviewComments, models.ReviewComment{ID: id, Number: 1, Body: "2026-01-01", AuthorLogin: author[n], CreatedAt: at(n), UpdatedAt: at(n)})
			page.IssueComments = append(page.IssueComments, models.IssueComment{ID: id, Number: []int{10, 1, 1}[n], OnPullRequest: n > 0, Body: "in conversation", AuthorLogin: author[n], CreatedAt: at(n), UpdatedAt: at(n)})
			page.DetailedPullRequests = append(page.DetailedPullRequests, models.DetailedPullRequest{Number: n + 1, UpdatedAt: at(n),
				Details: models.PullRequestDetails{DetailsState: models.DetailsDone},
				Reviews: []models.Review{{ID: id, Body: []string{"", "please", "fine"}[n], State: "COMMENTED", AuthorLogin: author[n], CreatedAt: at(n), UpdatedAt: at(n)}}})
		}
		claim, err := s.ClaimStream(t.Context(), repository+int64(r), models.StreamPullRequests)
		if err != nil {
			t.Fatal(err)
		}
		save(t, s, &claim.Stream, page)
	}
	return integration
}

func TestLists_readNewestFirstInPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		fill(t, s)
		newest := []string{"repo-2/2", "repo-1/2", "repo-2/1", "repo-1/1", "repo-2/0", "repo-1/0"}
		for limit := 1; limit <= 7; limit++ {
			commits := all(t, func(c store.Cursor) (store.List[store.CommitView], error) {
				return s.Commits(t.Context(), store.Filter{}, c, limit)
			}, func(r store.CommitView) string { return place(r.Repository, r.CommittedAt) })
			pulls := all(t, func(c store.Cursor) (store.List[store.PullRequestView], error) {
				return s.PullRequests(t.Context(), store.Filter{}, c, limit)
			}, func(r store.PullRequestView) string { return place(r.Repository, r.UpdatedAt) })
			tickets := all(t, func(c store.Cursor) (store.List[store.TicketView], error) {
				return s.Tickets(t.Context(), store.Filter{}, c, limit)
			}, func(r store.TicketView) string { return place(r.Repository, r.UpdatedAt) })
			for name, got := range map[string][]string{"commits": commits, "pull requests": pulls, "tickets": tickets} {
				if diff := cmp.Diff(newest, got); diff != "" {
					t.Errorf("%s in pages of %d: %s", name, limit, diff)
				}
			}
			comments := all(t, func(c store.Cursor) (store.List[store.Comment], error) {
				return s.Comments(t.Context(), store.Filter{RepositoryID: repository}, c, limit)
			}, func(r store.Comment) string { return place(r.Kind, r.CreatedAt) })
			want := []string{"review_comment/2", "review/2", "issue_comment/2", "review_comment/1", "review/1", "issue_comment/1", "review_comment/0"}
			if diff := cmp.Diff(want, comments); diff != "" {
				t.Errorf("comments in pages of %d: %s", limit, diff)
			}
		}
	})
}

// place is the name without its organization, and the hour.
func place(name string, at time.Time) string {
	return fmt.Sprintf("%s/%d", strings.TrimPrefix(name, "octo-org/"), int(at.Sub(storetest.Noon).Hours()))
}

func all[T any](t *testing.T, list func(store.Cursor) (store.List[T], error), name func(T) string) []string {
	t.Helper()
	var names []string
	err := store.Each(list, func(rows []T) error {
		for _, row := range rows {
			names = append(names, name(row))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestLists_areNarrowedByEachFilter(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		integration := fill(t, s)
		hour := func(n int) time.Time { return storetest.Noon.Add(time.Duration(n) * time.Hour) }
		for _, test := range []struct {
			filter                            store.Filter
			commits, pulls, tickets, comments int
		}{
			{store.Filter{}, 6, 6, 6, 14},
			{store.Filter{IntegrationID: integration.ID}, 6, 6, 6, 14},
			{store.Filter{IntegrationID: "other"}, 0, 0, 0, 0},
			{store.Filter{OrganizationID: storetest.OrganizationID}, 6, 6, 6, 14},
			{store.Filter{OrganizationID: 1}, 0, 0, 0, 0},
			{store.Filter{RepositoryID: repository + 1}, 3, 3, 3, 7},
			{store.Filter{Author: "MONA"}, 4, 4, 4, 8},
			{store.Filter{Since: hour(1)}, 4, 4, 4, 12},
			{store.Filter{Until: hour(1)}, 2, 2, 2, 2},
			{store.Filter{Since: hour(1), Until: hour(1).Add(time.Second)}, 1, 1, 1, 3},
			{store.Filter{State: "open"}, 6, 2, 6, 14},
			{store.Filter{State: "closed"}, 6, 4, 0, 14},
			{store.Filter{State: "merged"}, 6, 2, 0, 14},
		} {
			ctx := t.Context()
			commits, err1 := s.Commits(ctx, test.filter, "", 0)
			pulls, err2 := s.PullRequests(ctx, test.filter, "", 0)
			tickets, err3 := s.Tickets(ctx, test.filter, "", 0)
			comments, err4 := s.Comments(ctx, test.filter, "", 0)
			if err := errors.Join(err1, err2, err3, err4); err != nil {
				t.Fatal(err)
			}
			got := []int{len(commits.Rows), len(pulls.Rows), len(tickets.Rows), len(comments.Rows)}
			if diff := cmp.Diff([]int{test.commits, test.pulls, test.tickets, test.comments}, got); diff != "" {
				t.Errorf("%+v: commits, pull requests, tickets, comments: %s", test.filter, diff)
			}
		}
	})
}

func TestLists_haveWholeRows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		fill(t, s)
		comments, err := s.Comments(t.Context(), store.Filter{}, "", 1)
		if err != nil {
			t.Fatal(err)
		}
		at := storetest.Noon.Add(2*time.Hour + time.Minute)
		want := store.Comment{Kind: "review_comment", ID: 102, RepositoryID: repository + 1, Repository: "octo-org/repo-2", Number: 1,
			Body: "2026-01-01", AuthorLogin: "mona", CreatedAt: at, UpdatedAt: at}
		if diff := cmp.Diff([]store.Comment{want}, comments.Rows); diff != "" {
			t.Error(diff)
		}
		pulls, err := s.PullRequests(t.Context(), store.Filter{Until: storetest.Noon.Add(time.Second)}, "", 1)
		if err != nil {
			t.Fatal(err)
		}
		if got := pulls.Rows[0]; got.ReviewCommentsCount != 3 || got.Title != "pull 0" || got.Labels == nil {
			t.Errorf("pull request = %+v, want its title, labels and 3 review comments", got)
		}
	})
}

func TestLists_refuseACursorOfAnotherList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		fill(t, s)
		commits, err := s.Commits(t.Context(), store.Filter{}, "", 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, cursor := range []store.Cursor{commits.Next, "nonsense", "%"} {
			_, err1 := s.PullRequests(t.Context(), store.Filter{}, cursor, 1)
			_, err2 := s.Repositories(t.Context(), store.RepositoryFilter{}, cursor, 1)
			_, err3 := s.Syncs(t.Context(), store.SyncFilter{}, cursor, 1)
			for _, err := range []error{err1, err2, err3} {
				if !errors.Is(err, store.ErrCursor) {
					t.Errorf("cursor %q: %v, want ErrCursor", cursor, err)
				}
			}
		}
	})
}

// TestLists_boundWhatAPageHolds wants every row once although a thousand are asked
// for, and no page much longer than the texts that it may hold.
func TestLists_boundWhatAPageHolds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Integration(t, s, 1)
		const n, mostBytes = 60, 1 << 20
		text := strings.Repeat("x", 64<<10)
		page := models.Page{Next: models.Checkpoint{Cursor: "1"}, ReadAt: storetest.Noon, Commits: storetest.Commits(1, n)}
		for i := range n {
			at := storetest.Noon.Add(time.Duration(i) * time.Minute)
			if page.Commits[i].Message = text; i%4 > 0 {
				page.Commits[i].Message, page.Commits[i].AuthorLogin = "short", text
			}
			page.Issues = append(page.Issues, models.Issue{Number: n + i, State: "open", Title: text, Body: text, UpdatedAt: at})
			page.PullRequests = append(page.PullRequests, models.PullRequest{Number: i + 1, State: "open", Title: text, Body: text, CreatedAt: at, UpdatedAt: at})
			page.ReviewComments = append(page.ReviewComments, models.ReviewComment{ID: int64(i), Number: 1, Body: text, CreatedAt: at, UpdatedAt: at})
			page.IssueComments = append(page.IssueComments, models.IssueComment{ID: int64(i), Number: 1, OnPullRequest: true, Body: "short", CreatedAt: at, UpdatedAt: at})
		}
		page.Commits[0].Message = strings.Repeat("y", 2*mostBytes-100) // comes alone
		claim, err := s.ClaimStream(t.Context(), repository, models.StreamPullRequests)
		must(t, err)
		save(t, s, &claim.Stream, page)

		bounded(t, "commits", n, 2*mostBytes, s.Commits, func(c store.CommitView) string { return c.Message + c.AuthorLogin })
		bounded(t, "pull requests", n, mostBytes, s.PullRequests, func(p store.PullRequestView) string { return p.Title + p.Body })
		bounded(t, "tickets", n, mostBytes, s.Tickets, func(i store.TicketView) string { return i.Title + i.Body })
		bounded(t, "comments", 2*n, mostBytes, s.Comments, func(c store.Comment) string { return c.Body })
	})
}

// A repository may have a megabyte of description, and so may its streams of what
// went wrong.
func TestRepositories_boundWhatAPageHolds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const n, mostBytes = 60, 1 << 20
		storetest.Integration(t, s, 0)
		text := strings.Repeat("x", 64<<10)
		repositories := storetest.Repositories(n)
		for i := range repositories {
			repositories[i].Description = text
		}
		repositories[n/2].Description = strings.Repeat("y", 2*mostBytes-100) // comes alone
		repositories[0].Description, repositories[0].FullName = "", "octo-org/"+text
		repositories[1].Description = ""
		_, err := s.SaveProbe(t.Context(), storetest.OrganizationID, repositories, storetest.Noon)
		must(t, err)
		claim, err := s.ClaimStream(t.Context(), repository+1, models.StreamIssues)
		must(t, err)
		_, err = s.FailStream(t.Context(), &claim.Stream, models.PermissionMissing, text)
		must(t, err)
		for _, sort := range []store.RepositorySort{store.SortName, store.SortPushed, store.SortStatus} {
			list := func(ctx context.Context, _ store.Filter, c store.Cursor, limit int) (store.List[store.RepositoryView], error) {
				return pageOf(t, s, store.RepositoryFilter{Sort: sort}, c, limit)
			}
			bounded(t, "repositories by "+string(sort), n, 2*mostBytes, list, func(r store.RepositoryView) string {
				texts := r.Description + r.FullName
				for _, stream := range r.Streams {
					texts += stream.LastError
				}
				return texts
			})
		}
	})
}

// A thousand rows of one repository repeat its name.
func TestLists_shortenTheRepository(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Integration(t, s, 0)
		repositories := storetest.Repositories(1)
		repositories[0].FullName = "octo-org/" + strings.Repeat("x", 1<<20)
		_, err := s.SaveProbe(t.Context(), storetest.OrganizationID, repositories, storetest.Noon)
		must(t, err)
		claim, err := s.ClaimStream(t.Context(), repository, models.StreamCommits)
		must(t, err)
		save(t, s, &claim.Stream, models.Page{Next: models.Checkpoint{Cursor: "1"}, ReadAt: storetest.Noon, Commits: storetest.Commits(1, 20)})
		commits, err := s.Commits(t.Context(), store.Filter{}, "", 0)
		must(t, err)
		if len(commits.Rows) != 20 || len(commits.Rows[0].Repository) != 300 || !strings.HasPrefix(commits.Rows[0].Repository, "octo-org/x") {
			t.Errorf("%d commits, of a repository with a name of %d characters; want 20 and 300", len(commits.Rows), len(commits.Rows[0].Repository))
		}
		must(t, s.LoseRepository(t.Context(), repository, models.RepoBlocked))
		integrations, err := s.Integrations(t.Context())
		must(t, err)
		gaps, err := s.Gaps(t.Context(), integrations[0].ID)
		must(t, err)
		if len(gaps) != 1 || len(gaps[0].Names[0]) != 300 {
			t.Errorf("gaps: %.500v", gaps)
		}
	})
}

func bounded[T any](t *testing.T, name string, want, mostBytes int,
	list func(context.Context, store.Filter, store.Cursor, int) (store.List[T], error), textsOf func(T) string) {
	t.Helper()
	rows, pages := 0, 0
	var cursor store.Cursor
	for cursor != "" || pages == 0 {
		page, err := list(t.Context(), store.Filter{}, cursor, 1000)
		must(t, err)
		bytes := 0
		for _, row := range page.Rows {
			bytes += len(textsOf(row))
		}
		if bytes > mostBytes || len(page.Rows) == 0 {
			t.Errorf("%s: a page of %d rows has texts of %d bytes, want %d at most", name, len(page.Rows), bytes, mostBytes)
		}
		rows, pages, cursor = rows+len(page.Rows), pages+1, page.Next
	}
	if rows != want || pages > want/10 {
		t.Errorf("%s: %d rows in %d pages, want %d in few", name, rows, pages, want)
	}
}

// A commit may claim any year; SQLite's texts and JSON know those of four digits.
func TestLists_haveTimesThatCanBeSaid(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Integration(t, s, 1)
		commits := storetest.Commits(1, 4)
		for i, year := range []int{-44, 9999, 10_000, 292_000} {
			commits[i].CommittedAt = time.Date(year, 12, 31, 23, 59, 59, 0, time.UTC)
			commits[i].AuthoredAt = commits[i].CommittedAt
		}
		claim, err := s.ClaimStream(t.Context(), repository, models.StreamCommits)
		must(t, err)
		save(t, s, &claim.Stream, models.Page{Next: models.Checkpoint{Cursor: "1"}, ReadAt: storetest.Noon, Commits: commits})
		rows := all(t, func(c store.Cursor) (store.List[store.CommitView], error) {
			return s.Commits(t.Context(), store.Filter{}, c, 1)
		}, func(c store.CommitView) string { return c.CommittedAt.Format(time.RFC3339) })
		want := []string{"9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:01Z"}
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Error(diff)
		}
	})
}
