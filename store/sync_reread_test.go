package store_test

import (
	"errors"
	"testing"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// ingest stores a little of everything of the first repository, as finished
// passes: two commits (GitHub could not count one of them), a pull request and
// an issue.
func ingest(t *testing.T, s *store.Store) {
	t.Helper()
	done := func(kind models.StreamKind, page models.Page) {
		claim, err := s.ClaimStream(t.Context(), repository, kind)
		must(t, err)
		page.ReadAt = storetest.Noon
		page.Next = models.Checkpoint{Watermark: &storetest.Noon, Seen: claim.Repository.Probe.Seen(kind), CompleteThrough: &storetest.Noon}
		if kind == models.StreamCommits {
			page.Next.Head = claim.Repository.Probe[models.StreamCommits].Head
		}
		must(t, s.SavePage(t.Context(), &claim.Stream, page))
	}
	done(models.StreamCommits, models.Page{Commits: storetest.Commits(1, 2)})
	done(models.StreamPullRequests, models.Page{PullRequests: []models.PullRequest{{Number: 1, UpdatedAt: storetest.Noon}}})
	done(models.StreamReviewComments, models.Page{})
	done(models.StreamIssueComments, models.Page{})
	done(models.StreamIssues, models.Page{Issues: []models.Issue{{Number: 2, UpdatedAt: storetest.Noon}}})
	completed(t, s)
}

// completed completes what lists do not complete.
func completed(t *testing.T, s *store.Store) {
	t.Helper()
	for kind, page := range map[models.StreamKind]models.Page{
		models.StreamCommitDetails: {DetailedCommits: []models.DetailedCommit{
			{SHA: storetest.SHA(1), Details: models.CommitDetails{DetailsState: models.DetailsDone}},
			{SHA: storetest.SHA(2), Details: models.CommitDetails{DetailsState: models.DetailsUnavailable, DetailsReason: "too large"}}}},
		models.StreamPullRequestDetails: {DetailedPullRequests: []models.DetailedPullRequest{
			{Number: 1, UpdatedAt: storetest.Noon, Details: models.PullRequestDetails{DetailsState: models.DetailsDone, ChangedFiles: new(1)}}}},
		models.StreamIssueEvents: {DetailedIssues: []models.DetailedIssue{
			{Number: 1, OnPullRequest: true, UpdatedAt: storetest.Noon, State: models.DetailsDone}, {Number: 2, UpdatedAt: storetest.Noon, State: models.DetailsDone}}},
	} {
		claim, err := s.ClaimStream(t.Context(), repository, kind)
		must(t, err)
		page.ReadAt, page.Next = storetest.Noon, models.Checkpoint{CompleteThrough: &storetest.Noon}
		must(t, s.SavePage(t.Context(), &claim.Stream, page))
	}
}

func planned(t *testing.T, s *store.Store, integrationID string) int {
	t.Helper()
	sync, err := s.QueueSync(t.Context(), integrationID, storetest.OrganizationID, models.TriggerManual)
	must(t, err)
	must(t, s.StartSync(t.Context(), sync.ID))
	plan, err := s.PlanSync(t.Context(), sync.ID)
	must(t, err)
	must(t, s.FinishSync(t.Context(), sync.ID, models.SyncCompleted, "", ""))
	return plan.Repositories
}

func streamsByKind(t *testing.T, s *store.Store) map[models.StreamKind]models.Stream {
	t.Helper()
	var rows []models.Stream
	must(t, s.DB().Where("repository_id = ?", repository).Find(&rows).Error)
	streams := map[models.StreamKind]models.Stream{}
	for _, row := range rows {
		streams[row.Kind] = row
	}
	return streams
}

func TestResync_readsAllStreamsAgainAndDeletesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 1)
		ingest(t, s)
		if n := planned(t, s, integration.ID); n != 0 {
			t.Fatalf("%d repositories are behind before", n)
		}
		before := streamsByKind(t, s)
		open, err := s.ClaimStream(ctx, repository, models.StreamIssues)
		must(t, err)

		begun, organizations, err := s.Resync(ctx, integration.ID, []int64{repository, repository})
		if err != nil || begun != 1 || len(organizations) != 1 || organizations[0] != storetest.OrganizationID {
			t.Errorf("Resync = %d, %v, %v", begun, organizations, err)
		}
		for kind, stream := range streamsByKind(t, s) {
			at := stream.Checkpoint
			if at.Cursor != "" || at.Watermark != nil || at.Head != "" || at.CompleteThrough == nil {
				t.Errorf("%s stands at %+v, want the beginning, and complete as before", kind, at)
			}
		}
		if err := s.SavePage(ctx, &open.Stream, models.Page{Next: models.Checkpoint{Cursor: "2"}}); !errors.Is(err, store.ErrStaleCheckpoint) {
			t.Errorf("a page of the pass that was open: %v, want ErrStaleCheckpoint", err)
		}
		for table, want := range map[any]int64{&models.Commit{}: 2, &models.PullRequest{}: 1, &models.Issue{}: 1} {
			if n := rows(t, s, table); n != want {
				t.Errorf("%d rows of %T, want %d", n, table, want)
			}
		}
		again := map[string]int{}
		commits, err := s.PendingCommits(ctx, repository, "", 10)
		must(t, err)
		again["commits"] = len(commits)
		pulls, err := s.PendingPullRequests(ctx, repository, 0, 10)
		must(t, err)
		again["pull requests"] = len(pulls)
		events, err := s.PendingEvents(ctx, repository, integration.Services, 0, 10)
		must(t, err)
		again["events"] = len(events)
		if again["commits"] != 1 || again["pull requests"] != 1 || again["events"] != 2 {
			t.Errorf("asked for again: %v; want the commit without counts, the pull request, and the events of both", again)
		}
		if n := planned(t, s, integration.ID); n != 1 {
			t.Errorf("%d repositories are behind, want 1", n)
		}

		completed(t, s)
		for kind, stream := range streamsByKind(t, s) {
			if stream.Stored != before[kind].Stored {
				t.Errorf("%s has %d rows, want %d as before", kind, stream.Stored, before[kind].Stored)
			}
		}
	})
}

func TestResync_isOnlyForWhatTheIntegrationHasClaimed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 2)
		_, err := s.SaveProbe(ctx, storetest.OrganizationID, storetest.Repositories(2), storetest.Noon)
		must(t, err)
		must(t, s.DB().Create(&models.Organization{ID: 9001, Login: "acme"}).Error)
		_, err = s.SaveProbe(ctx, 9001, []models.Repository{{ID: 1, FullName: "acme/repo"}}, storetest.Noon)
		must(t, err)
		for _, ids := range [][]int64{{repository, 1}, {404}} {
			if _, _, err := s.Resync(ctx, integration.ID, ids); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%v: %v, want ErrNotFound", ids, err)
			}
		}
		_, err = s.Ignore(ctx, integration.ID, store.Choice{RepositoryIDs: []int64{repository}})
		must(t, err)
		if begun, _, err := s.Resync(ctx, integration.ID, []int64{repository, repository + 1}); err != nil || begun != 1 {
			t.Errorf("of one that is ignored and one that is imported %d are read again (%v), want 1", begun, err)
		}
	})
}
