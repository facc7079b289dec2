package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// connected makes an integration with a connection of its own that ingests
// organizations, each with two repositories: of organization 100 they are 10001
// and 10002.
func connected(t *testing.T, s *store.Store, name string, organizations ...int64) models.Integration {
	t.Helper()
	connection, err := s.CreateConnection(t.Context(), models.PersonalAccessToken, "ghp_secret")
	must(t, err)
	must(t, s.AuthorizeConnection(t.Context(), connection.ID, store.Identity{Login: name, RateOwner: "user/1", Scopes: []string{"repo"}}))
	letSee(t, s, connection.ID, organizations...)
	return ingests(t, s, name, connection.ID, organizations...)
}

func letSee(t *testing.T, s *store.Store, connectionID string, organizations ...int64) {
	t.Helper()
	for _, id := range organizations {
		login := fmt.Sprintf("org-%d", id)
		must(t, s.SaveOrganizations(t.Context(), connectionID,
			[]models.Organization{{ID: id, NodeID: "O_" + login, Login: login}},
			[]models.ConnectionOrganization{{OrganizationID: id, Login: login, Role: "admin", Access: models.AccessOK, CheckedAt: storetest.Noon}}))
	}
}

func ingests(t *testing.T, s *store.Store, name, connectionID string, organizations ...int64) models.Integration {
	t.Helper()
	integration, err := s.CreateIntegration(t.Context(), store.NewIntegration{
		ConnectionID: connectionID, Name: name, OrganizationIDs: organizations, AutoImport: true,
		Services: models.Services{Repos: true, PullRequests: true, Tickets: true},
	})
	must(t, err)
	for _, id := range organizations {
		repositories := storetest.Repositories(2)
		for i := range repositories {
			repositories[i].ID = id*100 + int64(i) + 1
		}
		_, err := s.SaveProbe(t.Context(), id, repositories, storetest.Noon)
		must(t, err)
	}
	return integration
}

// filled are the kinds of rows that stuff makes n of.
const stuffedTables = 10

// stuff gives a repository n rows in every table, and streams that are complete.
func stuff(t *testing.T, s *store.Store, repositoryID int64, n int) {
	t.Helper()
	db := s.DB()
	for i := range n {
		number, id, node := i+1, int64(i+1), fmt.Sprintf("N_%03d", i)
		for _, row := range []any{
			&models.Commit{RepositoryID: repositoryID, SHA: storetest.SHA(i), Parents: []string{}},
			&models.PullRequest{RepositoryID: repositoryID, Number: number, Labels: []string{}, LabelIDs: []int64{}},
			&models.PullRequestCommit{RepositoryID: repositoryID, Number: number, SHA: storetest.SHA(i)},
			&models.Review{RepositoryID: repositoryID, ID: id},
			&models.ReviewComment{RepositoryID: repositoryID, ID: id},
			&models.IssueComment{RepositoryID: repositoryID, ID: id},
			&models.Issue{RepositoryID: repositoryID, Number: number, Labels: []string{}, LabelIDs: []int64{}, Assignees: []string{}, AssigneeIDs: []int64{}},
			&models.IssueEvent{RepositoryID: repositoryID, NodeID: node, Number: number},
			&models.Label{RepositoryID: repositoryID, ID: id},
			&models.UnreadableRow{RepositoryID: repositoryID, Kind: models.StreamIssues, NodeID: node},
		} {
			must(t, db.Create(row).Error)
		}
	}
	for _, kind := range models.StreamKinds {
		stream := models.Stream{RepositoryID: repositoryID, Kind: kind, Fence: "f", Stored: int64(n), Checkpoint: models.Checkpoint{
			Seen: "seen", Watermark: &storetest.Noon, CompleteThrough: &storetest.Noon,
		}}
		must(t, db.Create(&stream).Error)
	}
}

// remember gives an organization of an integration a past: a sync and a
// verification that have ended, with what they say of a repository; and settings.
func remember(t *testing.T, s *store.Store, integration models.Integration, organizationID, repositoryID int64) {
	t.Helper()
	ctx := t.Context()
	past, err := s.QueueSync(ctx, integration.ID, organizationID, models.TriggerManual)
	must(t, err)
	start(t, s, past.ID)
	must(t, s.DB().Create(&models.SyncRepository{SyncID: past.ID, RepositoryID: repositoryID, State: models.SyncCompleted}).Error)
	must(t, s.FinishSync(ctx, past.ID, models.SyncCompleted, "", ""))
	v, err := s.CreateVerification(ctx, organizationID, false)
	must(t, err)
	for i := range 5 {
		must(t, s.DB().Create(&models.Drift{VerificationID: v.ID, RepositoryID: repositoryID, Kind: models.StreamIssues, Subject: fmt.Sprint(i)}).Error)
	}
	_, err = s.FinishVerification(ctx, v.ID, models.SyncCompleted, "", "")
	must(t, err)
	must(t, s.PauseSchedule(ctx, organizationID, true))
	for _, row := range []any{
		&models.ExclusionRule{ID: integration.ID, IntegrationID: integration.ID, Kind: models.RuleFork},
		&models.Diagnostic{IntegrationID: integration.ID, OrganizationID: organizationID, Name: "token", Headers: []string{}},
	} {
		must(t, s.DB().Create(row).Error)
	}
}

// everythingOf reads all rows that belong to an integration, by table.
func everythingOf(t *testing.T, s *store.Store, integration models.Integration) map[string][]map[string]any {
	t.Helper()
	const organizations = "SELECT id FROM organizations WHERE integration_id = @integration"
	const byRepository = "repository_id IN (SELECT id FROM repositories WHERE organization_id IN (" + organizations + "))"
	found := map[string][]map[string]any{}
	for table, where := range map[string]string{
		"commits": byRepository, "pull_requests": byRepository, "pull_request_commits": byRepository, "reviews": byRepository,
		"review_comments": byRepository, "issue_comments": byRepository, "issues": byRepository, "issue_events": byRepository,
		"labels": byRepository, "unreadable_rows": byRepository, "streams": byRepository, "sync_repositories": byRepository, "drifts": byRepository,
		"repositories": "organization_id IN (" + organizations + ")", "schedules": "organization_id IN (" + organizations + ")",
		"organizations": "integration_id = @integration", "syncs": "integration_id = @integration", "verifications": "integration_id = @integration",
		"exclusion_rules": "integration_id = @integration", "diagnostics": "integration_id = @integration",
		"integrations": "id = @integration", "connections": "id = @connection", "connection_organizations": "connection_id = @connection",
	} {
		rows := []map[string]any{}
		err := s.DB().Table(table).Where(where, map[string]any{"integration": integration.ID, "connection": integration.ConnectionID}).Order("1, 2, 3").Find(&rows).Error
		if err != nil {
			t.Fatalf("%s: %v", table, err)
		}
		if len(rows) == 0 {
			t.Errorf("the other integration has no %s, so that nothing shows whether they stay", table)
		}
		found[table] = rows
	}
	return found
}

// empty fails the test if a table has rows.
func empty(t *testing.T, s *store.Store, tables ...any) {
	t.Helper()
	for _, table := range tables {
		if n := rows(t, s, table); n > 0 {
			t.Errorf("%d rows of %T are left", n, table)
		}
	}
}

// deleteRows goes on with a deletion until no row is left, each time as another
// process that finds what the last one left behind.
func deleteRows(t *testing.T, url, integrationID string, limit int) (deleted int64) {
	t.Helper()
	for range 1000 {
		s := storetest.Open(t, url)
		dies, die := context.WithCancel(t.Context())
		die()
		if _, err := s.DeleteRows(dies, integrationID, limit); err == nil {
			t.Fatal("a chunk was deleted by a process that had died")
		}
		purged, err := s.DeleteRows(t.Context(), integrationID, limit)
		must(t, err)
		if most := int64(limit + len(models.StreamKinds)); purged.Rows > most {
			t.Errorf("%d rows were deleted at once, want %d at most", purged.Rows, most)
		}
		deleted += purged.Rows
		deletion, err := s.Deletion(t.Context(), integrationID)
		must(t, err)
		if deletion.RowsDeleted != deleted {
			t.Fatalf("the deletion says that %d rows are deleted, want %d", deletion.RowsDeleted, deleted)
		}
		promisesNothing(t, s, integrationID)
		must(t, s.Close())
		if purged.Done {
			return deleted
		}
	}
	t.Fatal("it never ends")
	return 0
}

// promisesNothing fails the test if a checkpoint promises rows that are deleted.
func promisesNothing(t *testing.T, s *store.Store, integrationID string) {
	t.Helper()
	var broken []int64
	err := s.DB().Model(&models.Stream{}).Distinct("repository_id").
		Where("complete_through IS NOT NULL AND kind = 'commits' AND stored > (SELECT count(*) FROM commits WHERE commits.repository_id = streams.repository_id)").
		Where("repository_id IN (SELECT id FROM repositories WHERE organization_id IN (SELECT id FROM organizations WHERE integration_id = ?))", integrationID).
		Pluck("repository_id", &broken).Error
	if err != nil || len(broken) > 0 {
		t.Errorf("the checkpoints of repositories %v promise rows that are deleted (%v)", broken, err)
	}
}

func TestDeleteIntegration_leavesNothingOfItAndAllOfOthers(t *testing.T) {
	const n = 6 // rows in each table of a repository
	for name, newURL := range databases(t) {
		for _, limit := range []int{1, n, 2*n + 1, 1000} {
			t.Run(fmt.Sprintf("%s, %d rows at a time", name, limit), func(t *testing.T) {
				t.Parallel()
				url := newURL(t)
				s := storetest.Open(t, url)
				ctx := t.Context()
				doomed, other := connected(t, s, "doomed", 100, 200), connected(t, s, "other", 300)
				for _, repository := range []int64{10001, 10002, 20001, 30001, 30002} {
					stuff(t, s, repository, n)
				}
				remember(t, s, other, 300, 30001)
				remember(t, s, doomed, 100, 10001)
				remembered := everythingOf(t, s, other)

				deletion, err := s.DeleteIntegration(ctx, doomed.ID)
				must(t, err)
				if deletion.Step != models.DeletingSchedules || deletion.Name != "doomed" || deletion.RowsTotal != 3*n*int64(len(models.StreamKinds)) {
					t.Errorf("the deletion begins as %+v", deletion)
				}
				left, err := s.StopDeleted(ctx, doomed.ID)
				if err != nil || len(left.Syncing)+len(left.Verifications) > 0 {
					t.Errorf("still running: %+v, %v; want nothing", left, err)
				}
				must(t, s.AdvanceDeletion(ctx, doomed.ID, models.DeletingRows))
				must(t, s.CountDeletion(ctx, doomed.ID))
				if done, err := s.FinishDeletion(ctx, doomed.ID); done || err != nil {
					t.Fatalf("finished before the rows are deleted: %v, %v", done, err)
				}
				want := int64(3 * (stuffedTables*n + len(models.StreamKinds)))
				if got := deleteRows(t, url, doomed.ID, limit); got != want {
					t.Errorf("%d rows were deleted, want %d", got, want)
				}
				for range 2 {
					done, err := s.FinishDeletion(ctx, doomed.ID)
					if !done || err != nil {
						t.Fatalf("finished: %v, %v; want done", done, err)
					}
				}

				if diff := cmp.Diff(remembered, everythingOf(t, s, other)); diff != "" {
					t.Errorf("rows of another integration have changed:\n%s", diff)
				}
				for table, rows := range remembered {
					var n int64
					must(t, s.DB().Table(table).Count(&n).Error)
					if int(n) != len(rows) {
						t.Errorf("%s has %d rows, want the %d of the other integration", table, n, len(rows))
					}
				}
				deletion, err = s.Deletion(ctx, doomed.ID)
				must(t, err)
				if deletion.Step != models.DeletionCompleted || deletion.CompletedAt == nil || deletion.RowsTotal != want || deletion.RowsDeleted != want {
					t.Errorf("the deletion ends as %+v, want %d rows of %d", deletion, want, want)
				}
				if again, err := s.DeleteIntegration(ctx, doomed.ID); err != nil || again.Step != models.DeletionCompleted {
					t.Errorf("deleted again: %+v, %v; want the same deletion", again, err)
				}
				connected(t, s, "doomed", 100, 200) // the claims and the name are free
			})
		}
	}
}

func TestDeleteIntegration_storesNothingFromThenOn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration, running, waiting := syncing(t, s)
		stream := reclaim(t, s, models.StreamIssues)
		page := func(number int) models.Page {
			return models.Page{SyncID: running.ID, Next: models.Checkpoint{Cursor: fmt.Sprint(number)}, Issues: []models.Issue{{Number: number, UpdatedAt: storetest.Noon}}}
		}
		save(t, s, &stream, page(1))

		for range 2 {
			_, err := s.DeleteIntegration(ctx, integration.ID)
			must(t, err)
			if got := syncOf(t, s, running.ID); !got.CancelRequested || got.State != models.SyncRunning {
				t.Errorf("the running sync is %s, cancel requested: %v", got.State, got.CancelRequested)
			}
			if got := syncOf(t, s, waiting.ID); got.State != models.SyncCancelled {
				t.Errorf("the queued sync is %s, want cancelled", got.State)
			}
			if err := s.SavePage(ctx, &stream, page(2)); !errors.Is(err, store.ErrServiceDisabled) {
				t.Errorf("a page while it is deleted: %v, want ErrServiceDisabled", err)
			}
		}
		for name, err := range map[string]error{
			"queue a sync": second(s.QueueSync(ctx, integration.ID, storetest.OrganizationID, models.TriggerManual)),
			"pause":        second(s.PauseIntegration(ctx, integration.ID)),
			"resume":       second(s.ResumeIntegration(ctx, integration.ID)),
			"remove":       third(s.RemoveRepositories(ctx, integration.ID, []int64{repository}, true)),
		} {
			if !errors.Is(err, store.ErrDeleting) {
				t.Errorf("%s: %v, want ErrDeleting", name, err)
			}
		}
		left, err := s.StopDeleted(ctx, integration.ID)
		if err != nil || len(left.Syncing) != 1 || left.Syncing[0].ID != storetest.OrganizationID {
			t.Errorf("still running: %+v, %v; want a sync of the organization", left, err)
		}
		if schedule, err := s.OrganizationSchedule(ctx, storetest.OrganizationID); err != nil || !schedule.Deleting || !schedule.Suspended {
			t.Errorf("the schedule is %+v, %v; want none because of the deletion", schedule, err)
		}
		if over, err := s.OrganizationOver(ctx, storetest.OrganizationID); over || err != nil {
			t.Errorf("the organization is over: %v, %v; it has a sync that runs", over, err)
		}
		if _, err := s.DeleteIntegration(ctx, "unknown"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("unknown integration: %v, want ErrNotFound", err)
		}
	})
}

func second[T any](_ T, err error) error        { return err }
func third[T, U any](_ T, _ U, err error) error { return err }

// obliterate goes through all steps of a deletion of what does not run.
func obliterate(t *testing.T, s *store.Store, integrationID string) {
	t.Helper()
	ctx := t.Context()
	_, err := s.DeleteIntegration(ctx, integrationID)
	must(t, err)
	_, err = s.StopDeleted(ctx, integrationID)
	must(t, err)
	for purged := (store.Purged{}); !purged.Done; {
		purged, err = s.DeleteRows(ctx, integrationID, 1000)
		must(t, err)
	}
	if done, err := s.FinishDeletion(ctx, integrationID); !done || err != nil {
		t.Fatalf("finished: %v, %v; want done", done, err)
	}
}

func TestFinishDeletion_keepsWhatOthersStillSee(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		first := connected(t, s, "first", 100)
		letSee(t, s, first.ConnectionID, 200, 300)
		second := ingests(t, s, "second", first.ConnectionID, 200)
		other := connected(t, s, "other", 400)
		letSee(t, s, other.ConnectionID, 300)

		obliterate(t, s, first.ID)
		if _, err := s.Connection(ctx, first.ConnectionID); err != nil {
			t.Errorf("the connection that another integration uses: %v", err)
		}
		if o, err := s.Organization(ctx, 100); err != nil || o.IntegrationID != "" || o.AutoImport {
			t.Errorf("organization 100 is %+v, %v; want it unclaimed, because the connection still sees it", o, err)
		}
		if over, err := s.OrganizationOver(ctx, 100); !over || err != nil {
			t.Errorf("organization 100 is over: %v, %v; want that", over, err)
		}

		obliterate(t, s, second.ID)
		if _, _, err := s.Credential(ctx, first.ConnectionID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the credential that nobody uses: %v, want ErrNotFound", err)
		}
		for _, id := range []int64{100, 200} {
			if _, err := s.Organization(ctx, id); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("organization %d, which nobody sees: %v, want ErrNotFound", id, err)
			}
		}
		if _, err := s.Organization(ctx, 300); err != nil {
			t.Errorf("organization 300, which another connection sees: %v", err)
		}
	})
}

// Two integrations may choose an organization that neither has claimed; what it
// lists is everybody's until the last of them goes.
func TestDeleteRows_leavesAnUnclaimedOrganizationToThoseWhoChoseItToo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		first, second := connected(t, s, "first", 100), connected(t, s, "second", 200)
		for _, integration := range []models.Integration{first, second} {
			letSee(t, s, integration.ConnectionID, 300)
			past, err := s.QueueSync(ctx, integration.ID, 300, models.TriggerConnect)
			must(t, err)
			start(t, s, past.ID)
			must(t, s.FinishSync(ctx, past.ID, models.SyncCompleted, "", ""))
		}
		abandoned, err := s.CreateConnection(ctx, models.PersonalAccessToken, "ghp_secret")
		must(t, err)
		letSee(t, s, abandoned.ID, 300) // and nobody ever chose with it
		repositories := storetest.Repositories(3)
		_, err = s.SaveProbe(ctx, 300, repositories, storetest.Noon)
		must(t, err)

		listed := func() (n int64) {
			must(t, s.DB().Model(&models.Repository{}).Where("organization_id = 300").Count(&n).Error)
			return n
		}
		obliterate(t, s, first.ID)
		if n := listed(); n != 3 {
			t.Errorf("%d repositories are listed while another integration has chosen the organization, want 3", n)
		}
		obliterate(t, s, second.ID)
		if _, err := s.Organization(ctx, 300); listed() != 0 || !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%d repositories are listed in the end, and the organization is there: %v; want neither", listed(), err)
		}
	})
}

func TestFinishDeletion_forgetsTheTokenOfAnInstallationLast(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		one, two, other := connected(t, s, "one", 100), connected(t, s, "two", 200), connected(t, s, "other", 300)
		for integration, installation := range map[string]int64{one.ConnectionID: 7, two.ConnectionID: 7, other.ConnectionID: 8} {
			must(t, s.DB().Model(&models.Connection{}).Where("id = ?", integration).Update("installation_id", installation).Error)
			_, err := s.LeaseInstallationToken(t.Context(), installation, time.Minute)
			must(t, err)
		}
		tokens := func() (ids []int64) {
			must(t, s.DB().Model(&models.InstallationToken{}).Order("installation_id").Pluck("installation_id", &ids).Error)
			return ids
		}
		obliterate(t, s, one.ID)
		if diff := cmp.Diff([]int64{7, 8}, tokens()); diff != "" {
			t.Errorf("tokens while another connection acts as the installation: %s", diff)
		}
		obliterate(t, s, two.ID)
		if diff := cmp.Diff([]int64{8}, tokens()); diff != "" {
			t.Errorf("tokens in the end: %s", diff)
		}
	})
}

func TestFinishDeletion_waitsForWhatHasBegunMeanwhile(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := connected(t, s, "doomed", 100)
		v, err := s.CreateVerification(ctx, 100, true)
		must(t, err)
		_, err = s.DeleteIntegration(ctx, integration.ID)
		must(t, err)
		_, err = s.StartVerification(ctx, 100, v.ID) // it was about to
		must(t, err)
		left, err := s.StopDeleted(ctx, integration.ID)
		if err != nil || len(left.Verifications) != 1 || left.Verifications[0].ID != v.ID {
			t.Fatalf("still running: %+v, %v; want the verification", left, err)
		}
		for purged := (store.Purged{}); !purged.Done; {
			purged, err = s.DeleteRows(ctx, integration.ID, 1000)
			must(t, err)
		}
		if done, err := s.FinishDeletion(ctx, integration.ID); done || err != nil {
			t.Errorf("finished while a verification runs: %v, %v", done, err)
		}
		_, err = s.FinishVerification(ctx, v.ID, models.SyncCancelled, "", "")
		must(t, err)

		late := storetest.Repositories(1) // of a probe that was under way
		late[0].ID = 10009
		_, err = s.SaveProbe(ctx, 100, late, storetest.Noon)
		must(t, err)
		if done, err := s.FinishDeletion(ctx, integration.ID); done || err != nil {
			t.Errorf("finished while a repository is left: %v, %v", done, err)
		}
		obliterate(t, s, integration.ID)
		empty(t, s, &models.Repository{}, &models.Organization{}, &models.Sync{}, &models.Verification{}, &models.Connection{})
	})
}

func TestDeletions_areRememberedForAMonth(t *testing.T) {
	eachAt(t, func(t *testing.T, s *store.Store, pass func(time.Duration)) {
		ctx := t.Context()
		first, second := connected(t, s, "first", 100), connected(t, s, "second", 200)
		obliterate(t, s, first.ID)
		pass(29 * 24 * time.Hour)
		obliterate(t, s, second.ID)
		if _, err := s.Deletion(ctx, first.ID); err != nil {
			t.Errorf("a deletion of 29 days ago: %v", err)
		}
		pass(2 * 24 * time.Hour)
		third := connected(t, s, "third", 300)
		_, err := s.DeleteIntegration(ctx, third.ID)
		must(t, err)
		if _, err := s.Deletion(ctx, first.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a deletion of 31 days ago: %v, want ErrNotFound", err)
		}
		open, err := s.OpenDeletions(ctx)
		if err != nil || len(open) != 1 || open[0].IntegrationID != third.ID {
			t.Errorf("open deletions: %+v, %v; want the third", open, err)
		}
	})
}

func TestDeleteRows_letsOthersStoreMeanwhile(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		doomed, other := connected(t, s, "doomed", 100), connected(t, s, "other", 200)
		stuff(t, s, 10001, 60)
		_, err := s.DeleteIntegration(ctx, doomed.ID)
		must(t, err)
		claim, err := s.ClaimStream(ctx, 20001, models.StreamIssues)
		must(t, err)

		var deleting sync.WaitGroup
		for range 2 { // an attempt that Temporal has given up on, and the next
			deleting.Go(func() {
				for {
					purged, err := s.DeleteRows(ctx, doomed.ID, 5)
					if err != nil {
						t.Errorf("delete rows: %v", err)
					}
					if err != nil || purged.Done {
						return
					}
				}
			})
		}
		for number := 1; number <= 50; number++ {
			save(t, s, &claim.Stream, models.Page{Next: models.Checkpoint{Cursor: fmt.Sprint(number)}, Issues: []models.Issue{{Number: number, UpdatedAt: storetest.Noon}}})
		}
		deleting.Wait()
		deletion, err := s.Deletion(ctx, doomed.ID)
		must(t, err)
		if want := int64(stuffedTables*60 + len(models.StreamKinds)); deletion.RowsDeleted != want {
			t.Errorf("%d rows are deleted, want %d", deletion.RowsDeleted, want)
		}
		if got := rows(t, s, &models.Issue{}); got != 50 {
			t.Errorf("%d issues of %s are stored, want 50", got, other.Name)
		}
	})
}
