package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

func TestSaveCommits_leavesDetailsAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		stream := claimNew(t, s, models.StreamCommits)
		save(t, s, &stream, models.Page{Next: models.Checkpoint{Cursor: "1"}, Commits: storetest.Commits(1, 2)})
		complete(t, s, 1, models.CommitDetails{Additions: new(3), DetailsState: models.DetailsDone})

		again := storetest.Commits(1, 2)
		again[0].AuthorLogin = "renamed"
		save(t, s, &stream, models.Page{Next: models.Checkpoint{Cursor: "2"}, Commits: again})

		got := commit(t, s, 1)
		if got.AuthorLogin != "renamed" || got.DetailsState != models.DetailsDone || got.Additions == nil || *got.Additions != 3 {
			t.Errorf("listed again: %+v, want the new login and the old details", got)
		}
		if stream.Stored != 2 {
			t.Errorf("stored = %d, want 2", stream.Stored)
		}
	})
}

// A page of commits may have their details. They count for the stream of details, whether
// it was read before or not.
func TestSaveCommits_completesThemWithTheSamePage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		stream := claimNew(t, s, models.StreamCommits)
		detailed := func(numbers ...int) (all []models.DetailedCommit) {
			for _, n := range numbers {
				all = append(all, models.DetailedCommit{SHA: storetest.SHA(n), Details: models.CommitDetails{Additions: new(n), DetailsState: models.DetailsDone}})
			}
			return all
		}
		save(t, s, &stream, models.Page{Next: models.Checkpoint{Cursor: "1"}, Commits: storetest.Commits(1, 2), DetailedCommits: detailed(1, 2)})
		save(t, s, &stream, models.Page{Next: models.Checkpoint{Cursor: "2"}, Commits: storetest.Commits(1, 4), DetailedCommits: detailed(1, 3, 4)})

		if c := commit(t, s, 3); c.DetailsState != models.DetailsDone || c.Additions == nil || *c.Additions != 3 {
			t.Errorf("commit 3 is %+v", c)
		}
		details := reclaim(t, s, models.StreamCommitDetails)
		if pending, err := s.PendingCommits(t.Context(), repository, "", 10); err != nil || len(pending) != 0 || stream.Stored != 4 || details.Stored != 4 {
			t.Errorf("%d pending (%v), %d commits, %d with details; want all of four", len(pending), err, stream.Stored, details.Stored)
		}
	})
}

func TestSaveCommitDetails_completesStoredCommitsOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		stream := claimNew(t, s, models.StreamCommits)
		listed := storetest.Commits(1, 3)
		listed[1].Parents = nil
		save(t, s, &stream, models.Page{Next: models.Checkpoint{Cursor: "1"}, Commits: listed})
		pending, err := s.PendingCommits(t.Context(), repository, "", 2)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{storetest.SHA(1), storetest.SHA(2)}, shas(pending)); diff != "" {
			t.Errorf("pending: %s", diff)
		}

		details := reclaim(t, s, models.StreamCommitDetails)
		done := models.CommitDetails{Additions: new(1), Deletions: new(2), ChangedFiles: new(3), AuthoredOffset: new(60), CommittedOffset: new(-480), DetailsState: models.DetailsDone}
		gone := models.CommitDetails{DetailsState: models.DetailsUnavailable, DetailsReason: "the diff is too large"}
		save(t, s, &details, models.Page{Next: models.Checkpoint{}, DetailedCommits: []models.DetailedCommit{
			{SHA: storetest.SHA(1), Details: done, Parents: []string{"other"}},
			{SHA: storetest.SHA(2), Details: gone, Parents: []string{"first", "second"}},
			{SHA: storetest.SHA(77), Details: done},
		}})
		if diff := cmp.Diff(done, commit(t, s, 1).CommitDetails); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(gone, commit(t, s, 2).CommitDetails); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{storetest.SHA(0)}, commit(t, s, 1).Parents); diff != "" {
			t.Errorf("parents from the listing: %s", diff)
		}
		if diff := cmp.Diff([]string{"first", "second"}, commit(t, s, 2).Parents); diff != "" {
			t.Errorf("parents that no listing had: %s", diff)
		}
		if details.Stored != 2 || rows(t, s, &models.Commit{}) != 3 {
			t.Errorf("completed %d of %d commits, want 2 of 3", details.Stored, rows(t, s, &models.Commit{}))
		}
		if pending, err := s.PendingCommits(t.Context(), repository, storetest.SHA(3), 10); err != nil || len(pending) != 0 {
			t.Errorf("pending behind the last: %v, %v", shas(pending), err)
		}
		if pending, err = s.PendingCommits(t.Context(), repository, "", 10); err != nil || len(pending) != 1 {
			t.Errorf("still pending: %v, %v, want commit 3", shas(pending), err)
		}
	})
}

func TestSaveCommits_takesUnreachedCommitsOffTheBranch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		stream := claimNew(t, s, models.StreamCommits)
		hold(t, s, 1, 2) // pull request 1 holds commit 2
		save(t, s, &stream, models.Page{Next: models.Checkpoint{Cursor: "1"}, ReadAt: storetest.Noon, Commits: storetest.Commits(1, 4)})
		if stream.Stored != 4 {
			t.Errorf("stored = %d, want 4: commit 2 joined the branch", stream.Stored)
		}
		left := storetest.Noon.Add(time.Hour)
		save(t, s, &stream, models.Page{Next: models.Checkpoint{Cursor: "2"}, ReadAt: left, Unreached: []string{storetest.SHA(2), storetest.SHA(3)}})

		if c := commit(t, s, 2); c.OnDefaultBranch || c.DeletedAt != nil {
			t.Errorf("held by a pull request: %+v, want it off the branch and alive", c)
		}
		if c := commit(t, s, 3); c.OnDefaultBranch || c.DeletedAt == nil || !c.DeletedAt.Equal(left) || c.DeletedReason != "unreachable" {
			t.Errorf("held by nothing: %+v, want a tombstone", c)
		}
		if stream.Stored != 2 {
			t.Errorf("stored = %d, want 2", stream.Stored)
		}

		save(t, s, &stream, models.Page{Next: models.Checkpoint{Cursor: "3"}, ReadAt: left.Add(time.Hour), Commits: storetest.Commits(2, 2)})
		if c := commit(t, s, 3); !c.OnDefaultBranch || c.DeletedAt != nil || c.DeletedReason != "" {
			t.Errorf("back on the branch: %+v", c)
		}
		if stream.Stored != 4 {
			t.Errorf("stored = %d, want 4", stream.Stored)
		}
	})
}

func TestSaveCommits_findsWhatAWalkDidNotReach(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		stream := claimNew(t, s, models.StreamCommits)
		save(t, s, &stream, models.Page{Next: models.Checkpoint{Cursor: "1"}, ReadAt: storetest.Noon, Commits: storetest.Commits(1, 4)})
		walked := storetest.Commits(1, 2)
		for i := range walked {
			walked[i].ReachedFrom = "new head"
		}
		save(t, s, &stream, models.Page{Next: models.Checkpoint{Cursor: "2"}, ReadAt: storetest.Noon, Commits: walked})
		save(t, s, &stream, models.Page{Next: models.Checkpoint{Head: "new head"}, ReadAt: storetest.Noon, WalkedFrom: "new head"})
		for n := 1; n <= 4; n++ {
			c := commit(t, s, n)
			if reached := n <= 2; c.OnDefaultBranch != reached || (c.DeletedAt == nil) != reached {
				t.Errorf("commit %d: on branch %t, deleted %v", n, c.OnDefaultBranch, c.DeletedAt)
			}
		}
		if stream.Stored != 2 {
			t.Errorf("stored = %d, want 2", stream.Stored)
		}
	})
}

func TestSavePullRequests_areIncompleteAgainAfterAnUpdate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		stream := claimNew(t, s, models.StreamPullRequests)
		list := func(minute int) {
			at := storetest.Noon.Add(time.Duration(minute) * time.Minute)
			save(t, s, &stream, models.Page{Next: models.Checkpoint{Cursor: fmt.Sprint(minute)}, PullRequests: []models.PullRequest{{Number: 1, Title: fmt.Sprint(minute), UpdatedAt: at}}})
		}
		details := func(minute int) models.PullRequest {
			claimed := reclaim(t, s, models.StreamPullRequestDetails)
			save(t, s, &claimed, models.Page{DetailedPullRequests: []models.DetailedPullRequest{{
				Number: 1, UpdatedAt: storetest.Noon.Add(time.Duration(minute) * time.Minute),
				Details: models.PullRequestDetails{Additions: new(minute), ChangedFiles: new(1), MergedByLogin: "mona", DetailsState: models.DetailsDone},
			}}})
			var pull models.PullRequest
			take(t, s, &pull, "number = 1")
			if claimed.Stored != 1 && pull.DetailsState == models.DetailsDone {
				t.Errorf("%d pull requests completed, want 1", claimed.Stored)
			}
			return pull
		}
		state := func(step string, want models.DetailsState) {
			t.Helper()
			var pull models.PullRequest
			if take(t, s, &pull, "number = 1"); pull.DetailsState != want {
				t.Errorf("%s: details are %s, want %s", step, pull.DetailsState, want)
			}
		}
		list(1)
		state("listed", models.DetailsPending)
		if pull := details(1); *pull.Additions != 1 || pull.Title != "1" {
			t.Errorf("pull request = %+v", pull)
		}
		state("completed", models.DetailsDone)
		list(1)
		state("listed unchanged", models.DetailsDone)
		list(2)
		state("updated", models.DetailsPending)
		details(1)
		state("completed with details from before the update", models.DetailsPending)
		pending, err := s.PendingPullRequests(t.Context(), repository, 0, 10)
		if err != nil || len(pending) != 1 || pending[0].Number != 1 || !pending[0].UpdatedAt.Equal(storetest.Noon.Add(2*time.Minute)) {
			t.Errorf("pending = %+v, %v", pending, err)
		}
		details(2)
		state("completed again", models.DetailsDone)
		list(1)
		state("an old listing", models.DetailsDone)
		if stream.Stored != 1 {
			t.Errorf("stored = %d, want 1", stream.Stored)
		}
	})
}

func TestSavePullRequestDetails_replacesTheCommitsOfAPullRequest(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		claimNew(t, s, models.StreamPullRequestDetails)
		hold(t, s, 1, 1, 2, 3)
		hold(t, s, 2, 3)
		hold(t, s, 1, 4, 1) // a force push dropped 2 and 3
		var got []models.PullRequestCommit
		if err := s.DB().Order("number, position").Find(&got).Error; err != nil {
			t.Fatal(err)
		}
		want := []models.PullRequestCommit{
			{RepositoryID: repository, Number: 1, SHA: storetest.SHA(4), Position: 0},
			{RepositoryID: repository, Number: 1, SHA: storetest.SHA(1), Position: 1},
			{RepositoryID: repository, Number: 2, SHA: storetest.SHA(3), Position: 0},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		for n, dead := range map[int]bool{1: false, 2: true, 3: false, 4: false} {
			if c := commit(t, s, n); (c.DeletedAt != nil) != dead || c.OnDefaultBranch {
				t.Errorf("commit %d: deleted %v, on branch %t; want deleted: %t", n, c.DeletedAt, c.OnDefaultBranch, dead)
			}
		}

		// "Unavailable" names no commits, which is no reason to drop them.
		stream := reclaim(t, s, models.StreamPullRequestDetails)
		save(t, s, &stream, models.Page{DetailedPullRequests: []models.DetailedPullRequest{
			{Number: 1, Details: models.PullRequestDetails{DetailsState: models.DetailsUnavailable, DetailsReason: "timeout"}},
		}})
		if n := rows(t, s, &models.PullRequestCommit{}); n != 3 {
			t.Errorf("%d commits of pull requests, want 3", n)
		}
	})
}

func TestSavePullRequestDetails_addsCommitsThatNoListingHas(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		stream := claimNew(t, s, models.StreamCommits)
		save(t, s, &stream, models.Page{Next: models.Checkpoint{Cursor: "1"}, Commits: storetest.Commits(1, 1)})
		complete(t, s, 1, models.CommitDetails{Additions: new(3), DetailsState: models.DetailsDone})
		hold(t, s, 1, 1, 2)
		if c := commit(t, s, 1); !c.OnDefaultBranch || c.DetailsState != models.DetailsDone || c.ReachedFrom == "" {
			t.Errorf("a commit that was listed: %+v, want it untouched", c)
		}
		if c := commit(t, s, 2); c.OnDefaultBranch || c.DetailsState != models.DetailsPending || c.ReachedFrom != "" || c.Message != "Change 2" {
			t.Errorf("a commit that was not: %+v", c)
		}
		if n := rows(t, s, &models.Review{}); n != 1 {
			t.Errorf("%d reviews, want 1", n)
		}
	})
}

// hold stores details of a pull request: commits in this order, and a review.
func hold(t *testing.T, s *store.Store, number int, commits ...int) {
	t.Helper()
	d := models.DetailedPullRequest{
		Number: number, UpdatedAt: storetest.Noon, Details: models.PullRequestDetails{DetailsState: models.DetailsDone},
		Reviews: []models.Review{{ID: int64(number), State: "APPROVED", UpdatedAt: storetest.Noon}},
	}
	for position, n := range commits {
		d.Commits = append(d.Commits, models.PullRequestCommit{SHA: storetest.SHA(n), Position: position})
		d.KnownCommits = append(d.KnownCommits, storetest.Commits(n, 1)...)
	}
	stream := reclaim(t, s, models.StreamPullRequestDetails)
	save(t, s, &stream, models.Page{ReadAt: storetest.Noon, DetailedPullRequests: []models.DetailedPullRequest{d}})
}

// complete stores the details of a commit.
func complete(t *testing.T, s *store.Store, n int, details models.CommitDetails) {
	t.Helper()
	stream := reclaim(t, s, models.StreamCommitDetails)
	save(t, s, &stream, models.Page{DetailedCommits: []models.DetailedCommit{{SHA: storetest.SHA(n), Details: details}}})
}

func shas(commits []models.Commit) []string {
	list := make([]string, len(commits))
	for i, c := range commits {
		list[i] = c.SHA
	}
	return list
}
