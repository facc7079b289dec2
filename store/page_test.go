package store_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

const repository = storetest.RepositoryID

func TestSavePage_storesRowsAndCheckpointTogether(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		stream := claimNew(t, s, models.StreamCommits)
		next := models.Checkpoint{Cursor: "page 2", Watermark: &storetest.Noon, Head: "h", Seen: "s", CompleteFrom: &storetest.Noon, CompleteThrough: &storetest.Noon}
		page := models.Page{Next: next, ReadAt: storetest.Noon, Expected: 250, Commits: storetest.Commits(1, 100)}
		save(t, s, &stream, page)

		stored := reclaim(t, s, models.StreamCommits)
		if diff := cmp.Diff(next, stored.Checkpoint); diff != "" {
			t.Errorf("checkpoint: %s", diff)
		}
		if stored.Stored != 100 || stored.Expected != 250 || stored.LastSuccessAt == nil {
			t.Errorf("stored, expected, last success = %d, %d, %v", stored.Stored, stored.Expected, stored.LastSuccessAt)
		}
		want := storetest.Commits(1, 1)[0]
		want.RepositoryID, want.DetailsState = repository, models.DetailsPending
		if diff := cmp.Diff(want, commit(t, s, 1)); diff != "" {
			t.Errorf("commit: %s", diff)
		}
	})
}

func TestSavePage_keepsAGapUntilAPassClosesIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		stream := claimNew(t, s, models.StreamCommits)
		later := storetest.Noon.Add(time.Hour)
		complete := models.Checkpoint{CompleteThrough: &storetest.Noon}
		open := models.Checkpoint{Cursor: "page 2", CompleteThrough: &storetest.Noon}
		again := models.Checkpoint{CompleteThrough: &later}
		missing := models.Gap{Code: models.ListIncomplete, Detail: "2 are missing"}

		save(t, s, &stream, models.Page{Next: complete})
		save(t, s, &stream, models.Page{Next: again, Gap: missing})
		gap, through := stream.Gap, stream.Checkpoint.CompleteThrough
		if gap.Code != missing.Code || gap.Detail != missing.Detail || gap.Since == nil || !through.Equal(storetest.Noon) {
			t.Errorf("the gap is %+v, complete through %v", gap, through)
		}
		save(t, s, &stream, models.Page{Next: open})
		if stream.Gap.Since == nil || !stream.Gap.Since.Equal(*gap.Since) {
			t.Errorf("in the middle of a pass the gap is %+v, want %+v", stream.Gap, gap)
		}
		save(t, s, &stream, models.Page{Next: again})
		if stream.Gap != (models.Gap{}) || !stream.Checkpoint.CompleteThrough.Equal(later) {
			t.Errorf("closed, the gap is %+v, complete through %v", stream.Gap, stream.Checkpoint.CompleteThrough)
		}
	})
}

func TestSavePage_refusesALatePage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		zombie := claimNew(t, s, models.StreamCommits)
		save(t, s, &zombie, models.Page{Next: models.Checkpoint{Cursor: "2"}, Commits: storetest.Commits(1, 1)})
		current := reclaim(t, s, models.StreamCommits)

		late := models.Page{Next: models.Checkpoint{Cursor: "3"}, Commits: storetest.Commits(2, 1), Accounts: []models.Account{{ID: 1, Login: "a"}}}
		if err := s.SavePage(t.Context(), &zombie, late); !errors.Is(err, store.ErrStaleCheckpoint) {
			t.Errorf("page under an old fence: %v, want ErrStaleCheckpoint", err)
		}
		if _, err := s.FailStream(t.Context(), &zombie, models.GitHubUnavailable, "late"); !errors.Is(err, store.ErrStaleCheckpoint) {
			t.Errorf("failure under an old fence: %v, want ErrStaleCheckpoint", err)
		}
		before := current
		save(t, s, &current, late)
		if err := s.SavePage(t.Context(), &before, late); !errors.Is(err, store.ErrStaleCheckpoint) {
			t.Errorf("the same page twice: %v, want ErrStaleCheckpoint", err)
		}
		if before.Checkpoint.Cursor != "2" {
			t.Errorf("a refused page moved the caller's checkpoint to %q", before.Checkpoint.Cursor)
		}
		if got := reclaim(t, s, models.StreamCommits); got.Checkpoint.Cursor != "3" || got.Stored != 2 {
			t.Errorf("cursor, stored = %q, %d, want 3, 2", got.Checkpoint.Cursor, got.Stored)
		}
	})
}

// Two processes fight for a stream: each claims it again and again and stores
// what follows from the checkpoint it found. No matter which wins, no page is lost and
// none is stored twice.
func TestSavePage_letsOneOfTwoProcessesWin(t *testing.T) {
	for name, url := range databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := url(t)
			storetest.Integration(t, storetest.Open(t, address), 1)
			const pages = 40
			var wg sync.WaitGroup
			for range 2 {
				s := storetest.Open(t, address)
				wg.Go(func() { fight(t, s, pages) })
			}
			wg.Wait()
			got := reclaim(t, storetest.Open(t, address), models.StreamCommits)
			if got.Stored != pages || len(got.Checkpoint.Cursor) != pages {
				t.Errorf("stored %d rows over %d pages, want %d over %d", got.Stored, len(got.Checkpoint.Cursor), pages, pages)
			}
		})
	}
}

func fight(t *testing.T, s *store.Store, pages int) {
	for {
		claim, err := s.ClaimStream(t.Context(), repository, models.StreamCommits)
		if err != nil {
			t.Error(err)
			return
		}
		for range 3 {
			done := len(claim.Stream.Checkpoint.Cursor)
			if done == pages {
				return
			}
			page := models.Page{Next: models.Checkpoint{Cursor: strings.Repeat("x", done+1)}, Commits: storetest.Commits(done+1, 1)}
			if err := s.SavePage(t.Context(), &claim.Stream, page); errors.Is(err, store.ErrStaleCheckpoint) {
				break
			} else if err != nil {
				t.Error(err)
				return
			}
		}
	}
}

func TestSavePage_leavesNothingBehindWhenItFails(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		stream := claimNew(t, s, models.StreamCommits)
		// The last table that the page touches is missing: everything before it was written by then.
		if err := s.DB().Exec("ALTER TABLE syncs RENAME TO gone").Error; err != nil {
			t.Fatal(err)
		}
		before := stream
		err := s.SavePage(t.Context(), &stream, models.Page{
			SyncID: "some", Next: models.Checkpoint{Cursor: "2"}, Commits: storetest.Commits(1, 10), Accounts: []models.Account{{ID: 1, Login: "a"}},
		})
		if err == nil {
			t.Fatal("the page was stored")
		}
		if diff := cmp.Diff(before, stream); diff != "" {
			t.Errorf("the caller's stream has moved: %s", diff)
		}
		if n := rows(t, s, &models.Commit{}) + rows(t, s, &models.Account{}); n != 0 {
			t.Errorf("%d rows were left behind", n)
		}
		if got := reclaim(t, s, models.StreamCommits); got.Checkpoint.Cursor != "" || got.LastSuccessAt != nil {
			t.Errorf("the checkpoint has moved: %+v", got)
		}
	})
}

func TestSavePage_refusesWhatIsNoLongerIngested(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		stream := claimNew(t, s, models.StreamIssues)
		page := models.Page{Next: models.Checkpoint{Cursor: "2"}, Issues: []models.Issue{{Number: 1, UpdatedAt: storetest.Noon}}}
		for _, switchOff := range []string{
			"UPDATE integrations SET lifecycle = 'paused'",
			"UPDATE integrations SET service_tickets = false",
			"UPDATE repositories SET selection = 'ignored'",
			"UPDATE organizations SET integration_id = ''",
		} {
			tx := s.DB().Begin()
			tx.Exec(switchOff)
			if err := tx.Commit().Error; err != nil {
				t.Fatal(err)
			}
			if err := s.SavePage(t.Context(), &stream, page); !errors.Is(err, store.ErrServiceDisabled) {
				t.Errorf("after %s: %v, want ErrServiceDisabled", switchOff, err)
			}
			if _, err := s.ClaimStream(t.Context(), repository, models.StreamIssues); !errors.Is(err, store.ErrServiceDisabled) {
				t.Errorf("claim after %s: %v, want ErrServiceDisabled", switchOff, err)
			}
			for _, back := range []string{
				"UPDATE integrations SET lifecycle = 'active', service_tickets = true",
				"UPDATE repositories SET selection = 'imported'",
				"UPDATE organizations SET integration_id = (SELECT id FROM integrations)",
			} {
				if err := s.DB().Exec(back).Error; err != nil {
					t.Fatal(err)
				}
			}
		}
		save(t, s, &stream, page)
		if _, err := s.ClaimStream(t.Context(), 404, models.StreamIssues); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("claim of an unknown repository: %v, want ErrNotFound", err)
		}
	})
}

func TestSavePage_countsRowsThatAreNewOrChanged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		stream := claimNew(t, s, models.StreamIssues)
		queuedSync := queued(t, s)
		issues := func(n int, title string) []models.Issue {
			rows := make([]models.Issue, n)
			for i := range rows {
				rows[i] = models.Issue{Number: i + 1, ID: int64(i), Title: title, Labels: []string{"bug"}, CreatedAt: storetest.Noon, UpdatedAt: storetest.Noon}
			}
			return rows
		}
		usage := models.Usage{Requests: 1, GraphQLPoints: 2, WaitedSeconds: 0.5}
		save(t, s, &stream, models.Page{SyncID: queuedSync.ID, Usage: usage, Next: models.Checkpoint{Cursor: "2"}, Issues: issues(600, "a")})
		save(t, s, &stream, models.Page{SyncID: queuedSync.ID, Usage: usage, Next: models.Checkpoint{Cursor: "3"}, Issues: issues(600, "a")})
		save(t, s, &stream, models.Page{SyncID: queuedSync.ID, Usage: usage, Next: models.Checkpoint{Cursor: "4"}, Issues: append(issues(610, "a")[600:], issues(30, "b")...)})

		if stream.Stored != 610 {
			t.Errorf("the stream has %d rows, want 610", stream.Stored)
		}
		got, err := s.Sync(t.Context(), queuedSync.ID)
		if err != nil {
			t.Fatal(err)
		}
		if want := (models.Counts{"issues": 600 + 10 + 30}); !maps.Equal(got.Counts, want) {
			t.Errorf("counts = %+v, want %+v", got.Counts, want)
		}
		if want := (models.Usage{Requests: 3, GraphQLPoints: 6, WaitedSeconds: 1.5}); got.Usage != want {
			t.Errorf("usage = %+v, want %+v", got.Usage, want)
		}
	})
}

func TestSavePage_keepsTheNewerRow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		stream := claimNew(t, s, models.StreamIssueComments)
		comment := func(body string, minutes int) models.IssueComment {
			return models.IssueComment{ID: 5, Number: 1, Body: body, CreatedAt: storetest.Noon, UpdatedAt: storetest.Noon.Add(time.Duration(minutes) * time.Minute)}
		}
		for i, step := range []struct {
			page []models.IssueComment
			want string
		}{
			{[]models.IssueComment{comment("new", 2), comment("old", 1)}, "new"}, // in one page
			{[]models.IssueComment{comment("older", 0)}, "new"},
			{[]models.IssueComment{comment("same age", 2)}, "same age"},
			{[]models.IssueComment{comment("first", 3), comment("last", 3)}, "last"},
		} {
			save(t, s, &stream, models.Page{Next: models.Checkpoint{Cursor: fmt.Sprint(i)}, IssueComments: step.page})
			var got models.IssueComment
			take(t, s, &got, "id = 5")
			if got.Body != step.want {
				t.Errorf("step %d: body = %q, want %q", i, got.Body, step.want)
			}
		}
		if stream.Stored != 1 {
			t.Errorf("stored = %d, want 1", stream.Stored)
		}
	})
}

func TestSavePage_storesWhatGitHubReallySends(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		stream := claimNew(t, s, models.StreamPullRequests)
		day := func(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }
		berlin := time.FixedZone("CET", 3600)
		body := strings.Repeat("ü", 65_000)
		pulls := []models.PullRequest{
			{Number: 1, Title: "a\x00b", Body: "bad \xff\xfe text", Labels: []string{"x\x00", "<&>"}, CreatedAt: day(1), UpdatedAt: day(1)},
			{Number: 2, Body: body, CreatedAt: day(1970), UpdatedAt: day(2099), ClosedAt: new(day(9999))},
			{Number: 3, CreatedAt: time.Date(2026, 1, 1, 1, 0, 0, 123_456_789, berlin), UpdatedAt: storetest.Noon},
		}
		save(t, s, &stream, models.Page{Next: models.Checkpoint{Cursor: "2"}, PullRequests: pulls})

		details := models.PullRequestDetails{DetailsState: models.DetailsPending}
		want := []models.PullRequest{
			{RepositoryID: repository, Number: 1, Title: "a\uFFFDb", Body: "bad \uFFFD text", Labels: []string{"x\uFFFD", "<&>"}, LabelIDs: []int64{}, CreatedAt: day(1), UpdatedAt: day(1), PullRequestDetails: details, EventsState: models.DetailsPending},
			{RepositoryID: repository, Number: 2, Body: body, Labels: []string{}, LabelIDs: []int64{}, CreatedAt: day(1970), UpdatedAt: day(2099), ClosedAt: new(day(9999)), PullRequestDetails: details, EventsState: models.DetailsPending},
			{RepositoryID: repository, Number: 3, Labels: []string{}, LabelIDs: []int64{}, CreatedAt: time.Date(2026, 1, 1, 0, 0, 0, 123_456_000, time.UTC), UpdatedAt: storetest.Noon, PullRequestDetails: details, EventsState: models.DetailsPending},
		}
		var got []models.PullRequest
		if err := s.DB().Order("number").Find(&got).Error; err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if _, err := s.FailStream(t.Context(), &stream, models.GitHubUnexpected, "answer \x00\xff"); err != nil {
			t.Errorf("failure with a NUL: %v", err)
		}
	})
}

func TestSavePage_keepsATombstoneThatIsYoungerThanTheAnswer(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		stream := claimNew(t, s, models.StreamIssues)
		page := func(cursor string, readAt time.Time) models.Page {
			return models.Page{Next: models.Checkpoint{Cursor: cursor}, ReadAt: readAt, Issues: []models.Issue{{Number: 1, UpdatedAt: storetest.Noon}}}
		}
		save(t, s, &stream, page("1", storetest.Noon))
		deleted := storetest.Noon.Add(time.Hour)
		if err := s.DB().Exec("UPDATE issues SET deleted_at = ?, deleted_reason = 'gone'", deleted).Error; err != nil {
			t.Fatal(err)
		}
		var got models.Issue
		save(t, s, &stream, page("2", deleted.Add(-time.Second)))
		if take(t, s, &got, "number = 1"); got.DeletedAt == nil || got.DeletedReason != "gone" {
			t.Errorf("an older answer took the tombstone away: %+v", got)
		}
		save(t, s, &stream, page("3", deleted.Add(time.Second)))
		if got = (models.Issue{}); take(t, s, &got, "number = 1") != nil || got.DeletedAt != nil || got.DeletedReason != "" {
			t.Errorf("a newer answer left the tombstone: %+v", got)
		}
	})
}

func TestSavePage_letsAnAccountKeepItsName(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		stream := claimNew(t, s, models.StreamIssues)
		for i, accounts := range [][]models.Account{
			{{ID: 2}, {ID: 1, NodeID: "U_1", Login: "old", Type: models.User}, {ID: 1}},
			{{ID: 1, NodeID: "U_1", Login: "new", Type: models.User}},
			{{ID: 1}, {ID: 2}},
		} {
			save(t, s, &stream, models.Page{Next: models.Checkpoint{Cursor: fmt.Sprint(i)}, Accounts: accounts})
		}
		var got []models.Account
		if err := s.DB().Order("id").Find(&got).Error; err != nil {
			t.Fatal(err)
		}
		want := []models.Account{{ID: 1, NodeID: "U_1", Login: "new", Type: models.User}, {ID: 2}}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(models.Account{}, "NamedAt")); diff != "" {
			t.Error(diff)
		}
	})
}

// Pages of many repositories name the same people in different order; on
// Postgres that deadlocks unless rows are locked in one order.
func TestSavePage_doesNotDeadlockOverAccounts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const repositories, pages, people = 8, 12, 40
		storetest.Integration(t, s, repositories)
		queuedSync := queued(t, s)
		var wg sync.WaitGroup
		for r := range repositories {
			for _, kind := range []models.StreamKind{models.StreamIssues, models.StreamCommits} {
				wg.Go(func() {
					claim, err := s.ClaimStream(t.Context(), repository+int64(r), kind)
					if err != nil {
						t.Error(err)
						return
					}
					for n := range pages {
						page := models.Page{SyncID: queuedSync.ID, Next: models.Checkpoint{Cursor: fmt.Sprint(n)}, Commits: storetest.Commits(1, 20)}
						for i := range people {
							id := int64(1 + (i*7+r*13+n)%people)
							page.Accounts = append(page.Accounts, models.Account{ID: id, Login: fmt.Sprintf("user-%d-%d-%d", id, r, n)})
						}
						if err := s.SavePage(t.Context(), &claim.Stream, page); err != nil {
							t.Errorf("repository %d, page %d: %v", r, n, err)
							return
						}
					}
				})
			}
		}
		wg.Wait()
		if n := rows(t, s, &models.Account{}); n != people {
			t.Errorf("%d accounts, want %d", n, people)
		}
	})
}

// claimNew makes an integration with one repository and claims a stream of it.
func claimNew(t *testing.T, s *store.Store, kind models.StreamKind) models.Stream {
	t.Helper()
	storetest.Integration(t, s, 1)
	return reclaim(t, s, kind)
}

func reclaim(t *testing.T, s *store.Store, kind models.StreamKind) models.Stream {
	t.Helper()
	claim, err := s.ClaimStream(context.WithoutCancel(t.Context()), repository, kind)
	if err != nil {
		t.Fatalf("claim %s: %v", kind, err)
	}
	return claim.Stream
}

func save(t *testing.T, s *store.Store, stream *models.Stream, page models.Page) {
	t.Helper()
	if err := s.SavePage(t.Context(), stream, page); err != nil {
		t.Fatalf("save page %q: %v", page.Next.Cursor, err)
	}
	if stream.Checkpoint.Cursor != page.Next.Cursor {
		t.Fatalf("the stream is at %q, want %q", stream.Checkpoint.Cursor, page.Next.Cursor)
	}
}

// queued returns the sync that storetest.Integration queued.
func queued(t *testing.T, s *store.Store) models.Sync {
	t.Helper()
	syncs, err := s.OpenSyncs(t.Context(), storetest.OrganizationID)
	if err != nil || len(syncs) != 1 {
		t.Fatalf("next syncs: %v, %v, want one", syncs, err)
	}
	return syncs[0]
}

func commit(t *testing.T, s *store.Store, n int) models.Commit {
	t.Helper()
	var c models.Commit
	take(t, s, &c, fmt.Sprintf("sha = '%s'", storetest.SHA(n)))
	return c
}

func take(t *testing.T, s *store.Store, row any, where string) error {
	t.Helper()
	if err := s.DB().Where(where).Take(row).Error; err != nil {
		t.Fatalf("%T where %s: %v", row, where, err)
	}
	return nil
}

func rows(t *testing.T, s *store.Store, model any) (n int64) {
	t.Helper()
	if err := s.DB().Model(model).Count(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}

// databases are functions that give a test the URL of a fresh database.
func databases(t *testing.T) map[string]func(testing.TB) string {
	t.Helper()
	urls := map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL}
	if !storetest.WithoutPostgres() {
		urls["postgres"] = storetest.PostgresURL
	}
	return urls
}
