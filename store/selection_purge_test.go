package store_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// purgeAll goes on until nothing is left to delete.
func purgeAll(t *testing.T, s *store.Store, organizationID int64, limit int) (deleted int64) {
	t.Helper()
	for range 1000 {
		purged, err := s.PurgeOrganization(t.Context(), organizationID, limit)
		must(t, err)
		deleted += purged.Rows
		if purged.Done {
			return deleted
		}
	}
	t.Fatal("it never ends")
	return 0
}

func repositoryOf(t *testing.T, s *store.Store, id int64) models.Repository {
	t.Helper()
	r, err := s.Repository(t.Context(), id)
	must(t, err)
	return r
}

func TestRemoveRepositories_deletesTheirRowsAndNoOthers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		const n = 5
		integration, other := connected(t, s, "one", 100), connected(t, s, "other", 300)
		for _, id := range []int64{10001, 10002, 30001, 30002} {
			stuff(t, s, id, n)
		}
		remember(t, s, integration, 100, 10001)
		remember(t, s, other, 300, 30001)
		before := everythingOf(t, s, other)

		for range 2 {
			_, _, err := s.RemoveRepositories(ctx, integration.ID, []int64{10002}, false)
			must(t, err)
			changed, purging, err := s.RemoveRepositories(ctx, integration.ID, []int64{10001}, true)
			must(t, err)
			if diff := cmp.Diff([]int64{100}, purging); diff != "" || changed > 1 {
				t.Errorf("%d changed, organizations with something to delete: %s", changed, diff)
			}
		}
		waiting, err := s.PurgingOrganizations(ctx)
		if err != nil || len(waiting) != 1 || waiting[0].ID != 100 {
			t.Errorf("organizations with something to delete: %+v, %v; want 100", waiting, err)
		}
		want := int64(stuffedTables*n + len(models.StreamKinds))
		if got := purgeAll(t, s, 100, 7); got != want {
			t.Errorf("%d rows were deleted, want %d", got, want)
		}
		if got := purgeAll(t, s, 100, 7); got != 0 {
			t.Errorf("%d rows were deleted once nothing was left", got)
		}
		for _, table := range []any{
			&models.Commit{}, &models.PullRequest{}, &models.PullRequestCommit{}, &models.Review{}, &models.ReviewComment{}, &models.IssueComment{},
			&models.Issue{}, &models.IssueEvent{}, &models.Label{}, &models.UnreadableRow{}, &models.Stream{}, &models.SyncRepository{}, &models.Drift{},
		} {
			var left int64
			must(t, s.DB().Model(table).Where("repository_id = 10001").Count(&left).Error)
			if left > 0 {
				t.Errorf("%d rows of %T are left of the removed repository", left, table)
			}
		}
		if r := repositoryOf(t, s, 10001); r.Selection != models.Ignored || r.PurgeRequestedAt != nil {
			t.Errorf("the repository is %s, to be deleted since %v; want it ignored and done", r.Selection, r.PurgeRequestedAt)
		}
		if r := repositoryOf(t, s, 10002); r.Selection != models.Ignored || r.PurgeRequestedAt != nil {
			t.Errorf("the repository that keeps its data is %s, to be deleted since %v", r.Selection, r.PurgeRequestedAt)
		}
		var kept int64
		must(t, s.DB().Model(&models.Commit{}).Where("repository_id = 10002").Count(&kept).Error)
		if kept != n {
			t.Errorf("%d commits are left of the repository that keeps its data, want %d", kept, n)
		}
		if diff := cmp.Diff(before, everythingOf(t, s, other)); diff != "" {
			t.Errorf("rows of another integration have changed:\n%s", diff)
		}
		for name, id := range map[string]int64{"unknown": 5, "of another integration": 30001} {
			if _, _, err := s.RemoveRepositories(ctx, integration.ID, []int64{10002, id}, true); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("a repository that is %s: %v, want ErrNotFound", name, err)
			}
		}
		if r := repositoryOf(t, s, 10002); r.PurgeRequestedAt != nil {
			t.Error("a refused request has marked a repository")
		}
	})
}

func TestPurgeOrganization_letsNobodyStoreUntilItIsReadFromTheBeginning(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 1)
		late := reclaim(t, s, models.StreamIssues)
		issues := make([]models.Issue, 10)
		for i := range issues {
			issues[i] = models.Issue{Number: i + 1, UpdatedAt: storetest.Noon}
		}
		save(t, s, &late, models.Page{Next: models.Checkpoint{Cursor: "2", Watermark: &storetest.Noon}, Issues: issues})
		refused := func(when string, want error) {
			t.Helper()
			err := s.SavePage(ctx, &late, models.Page{Next: models.Checkpoint{Cursor: "3"}, Issues: []models.Issue{{Number: 99, UpdatedAt: storetest.Noon}}})
			if !errors.Is(err, want) {
				t.Errorf("a page of the abandoned attempt %s: %v, want %v", when, err, want)
			}
		}

		_, _, err := s.RemoveRepositories(ctx, integration.ID, []int64{repository}, true)
		must(t, err)
		refused("after the removal", store.ErrServiceDisabled)
		purged, err := s.PurgeOrganization(ctx, storetest.OrganizationID, 4)
		if err != nil || purged.Rows != 4 || purged.Done {
			t.Fatalf("purged %+v, %v; want 4 rows of more", purged, err)
		}
		// Nothing in the product imports it now; if it did, nobody could store.
		must(t, s.DB().Model(&models.Repository{}).Where("id = ?", repository).Update("selection", models.Imported).Error)
		refused("while it is purged and imported", store.ErrServiceDisabled)
		if _, err := s.ClaimStream(ctx, repository, models.StreamIssues); !errors.Is(err, store.ErrServiceDisabled) {
			t.Errorf("a claim while it is purged and imported: %v, want ErrServiceDisabled", err)
		}
		purgeAll(t, s, storetest.OrganizationID, 4)
		refused("after the purge", store.ErrStaleCheckpoint)

		claim, err := s.ClaimStream(ctx, repository, models.StreamIssues)
		must(t, err)
		if claim.Stream.Checkpoint != (models.Checkpoint{}) || claim.Stream.Stored != 0 {
			t.Errorf("the stream begins at %+v with %d rows, want the beginning", claim.Stream.Checkpoint, claim.Stream.Stored)
		}
		refused("after the next claim", store.ErrStaleCheckpoint)
		save(t, s, &claim.Stream, models.Page{Next: models.Checkpoint{Cursor: "2"}, Issues: issues[:1]})
		if purged, err := s.PurgeOrganization(ctx, storetest.OrganizationID, 4); err != nil || purged.Rows > 0 || !purged.Done {
			t.Errorf("a late purge did %+v, %v; want nothing", purged, err)
		}
		if got := rows(t, s, &models.Issue{}); got != 1 {
			t.Errorf("%d issues are stored, want the one that was read anew", got)
		}
	})
}

func TestRemoveRepositories_storesNoPageOnceItHasReturned(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		integration := storetest.Integration(t, s, 1)
		stream := reclaim(t, s, models.StreamIssues)
		begun, ended := make(chan struct{}), make(chan error, 1)
		go func() {
			for number := 1; ; number++ {
				err := s.SavePage(t.Context(), &stream, models.Page{
					Next: models.Checkpoint{Cursor: fmt.Sprint(number)}, Issues: []models.Issue{{Number: number, UpdatedAt: storetest.Noon}},
				})
				if err != nil {
					ended <- err
					return
				}
				if number == 5 {
					close(begun)
				}
			}
		}()
		<-begun
		_, _, err := s.RemoveRepositories(t.Context(), integration.ID, []int64{repository}, true)
		must(t, err)
		stored := rows(t, s, &models.Issue{})
		if err := <-ended; !errors.Is(err, store.ErrServiceDisabled) {
			t.Errorf("the next page: %v, want ErrServiceDisabled", err)
		}
		if late := rows(t, s, &models.Issue{}) - stored; late != 0 {
			t.Errorf("%d issues were stored after the removal", late)
		}
	})
}

func TestPurgeOrganization_leavesWhatASyncThatRunsNeeds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 1)
		running := queued(t, s)
		start(t, s, running.ID)
		_, err := s.PlanSync(ctx, running.ID)
		must(t, err)
		_, _, err = s.RemoveRepositories(ctx, integration.ID, []int64{repository}, true)
		must(t, err)
		purgeAll(t, s, storetest.OrganizationID, 100)
		must(t, s.FinishRepository(ctx, running.ID, repository, models.SyncCompleted, "", ""))
		must(t, s.FinishSync(ctx, running.ID, models.SyncCompleted, "", ""))
	})
}
