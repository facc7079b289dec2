package store_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// classified is what IntegrationStatus says in a few words.
type classified struct {
	Status models.DataStatus
	Code   models.Code
	Failed models.Failures
}

func statusOf(t *testing.T, s *store.Store, id string) store.IntegrationStatus {
	t.Helper()
	status, err := s.IntegrationStatus(t.Context(), id)
	must(t, err)
	return status
}

// synced ends the sync that is queued, with streams that are complete through
// an instant.
func synced(t *testing.T, s *store.Store, through time.Time) {
	t.Helper()
	must(t, s.DB().Model(&models.Repository{}).Where("true").Update("probe", storetest.Repositories(1)[0].Probe).Error)
	var repositories []models.Repository
	must(t, s.DB().Order("id").Find(&repositories).Error)
	for _, r := range repositories {
		for _, kind := range models.StreamKinds {
			must(t, s.DB().Save(&models.Stream{RepositoryID: r.ID, Kind: kind, Checkpoint: models.Checkpoint{CompleteThrough: &through}}).Error)
		}
		through = through.Add(time.Minute)
	}
	must(t, s.FinishSync(t.Context(), queued(t, s).ID, models.SyncCompleted, "", ""))
}

func TestIntegrationStatus_saysTheWorstThatIsTrue(t *testing.T) {
	eachAt(t, func(t *testing.T, s *store.Store, pass func(time.Duration)) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 3)
		now := storetest.Noon
		expect := func(what string, want classified) {
			t.Helper()
			got := statusOf(t, s, integration.ID)
			if diff := cmp.Diff(want, classified{got.Status, got.Code, got.Failures}); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
		set := func(model any, where string, id any, columns map[string]any) {
			t.Helper()
			must(t, affectedOne(s.DB().Model(model).Where(where, id).Updates(columns)))
		}
		stream := func(kind models.StreamKind, columns map[string]any) {
			t.Helper()
			must(t, affectedOne(s.DB().Model(&models.Stream{}).Where("repository_id = ? AND kind = ?", storetest.RepositoryID, kind).Updates(columns)))
		}
		through := storetest.Noon

		expect("before the first sync", classified{Status: models.DataProcessing})
		synced(t, s, through)
		expect("once all is complete", classified{Status: models.DataHealthy})
		if got := statusOf(t, s, integration.ID); got.CompleteThrough == nil || !got.CompleteThrough.Equal(through) || got.Connection.Login != "octocat" || got.Connection.Credential != "" {
			t.Errorf("complete through %v with %+v, want the oldest, %v", got.CompleteThrough, got.Connection, through)
		}

		stream(models.StreamIssues, map[string]any{"complete_through": nil})
		expect("while a list was never read to its end", classified{Status: models.DataProcessing})
		if got := statusOf(t, s, integration.ID); got.CompleteThrough != nil {
			t.Errorf("complete through %v, want nothing", got.CompleteThrough)
		}
		set(&models.Integration{}, "id = ?", integration.ID, map[string]any{"service_tickets": false})
		expect("while nobody wants that list", classified{Status: models.DataHealthy})
		set(&models.Integration{}, "id = ?", integration.ID, map[string]any{"service_tickets": true})

		running, err := s.QueueSync(ctx, integration.ID, storetest.OrganizationID, models.TriggerSchedule)
		must(t, err)
		start(t, s, running.ID)
		if _, err := s.HoldSync(ctx, running.ID, now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		expect("while a sync waits for a limit", classified{Status: models.DataRateLimited, Code: models.RateLimited})
		must(t, s.NoteSync(ctx, running.ID, models.GitHubLockout, "too many bad tokens"))
		expect("while GitHub refuses every token", classified{Status: models.DataRateLimited, Code: models.GitHubLockout})
		must(t, s.ForgetSyncNote(ctx, running.ID))

		stream(models.StreamReviewComments, map[string]any{"failing_since": now, "last_code": models.GitHubUnavailable})
		expect("when something has failed that may pass", classified{Status: models.DataRateLimited, Code: models.RateLimited})
		pass(6 * time.Minute)
		now = now.Add(6 * time.Minute)
		expect("when that does not pass", classified{models.DataFailedProject, models.GitHubUnavailable, models.Failures{PullRequests: 1}})
		stream(models.StreamPullRequests, map[string]any{"failing_since": now, "last_code": models.PermissionMissing})
		stream(models.StreamCommits, map[string]any{"failing_since": now, "last_code": models.PermissionMissing})
		set(&models.Repository{}, "id = ?", storetest.RepositoryID+1, map[string]any{"access_code": models.RepoGone})
		expect("when repositories cannot be read", classified{models.DataFailedProject, models.RepoGone, models.Failures{Repos: 2, PullRequests: 1}})

		set(&models.Connection{}, "id = ?", integration.ConnectionID, map[string]any{"expires_at": now.Add(models.Expiring)})
		expect("two weeks before the credential ends", classified{models.DataFailedProject, models.RepoGone, models.Failures{Repos: 2, PullRequests: 1}})
		set(&models.Connection{}, "id = ?", integration.ConnectionID, map[string]any{"expires_at": now.Add(models.ExpiringSoon)})
		expect("two days before", classified{Status: models.DataActionRequired, Code: models.TokenExpiring})
		set(&models.Connection{}, "id = ?", integration.ConnectionID, map[string]any{"expires_at": nil})

		set(&models.ConnectionOrganization{}, "connection_id = ?", integration.ConnectionID, map[string]any{"access": models.AccessSSORequired, "code": models.SSORequired, "remedy_url": "https://sso"})
		expect("while an organization is refused", classified{Status: models.DataActionRequired, Code: models.SSORequired})
		if got := statusOf(t, s, integration.ID); got.RemedyURL != "https://sso" || len(got.Organizations) != 1 || got.Organizations[0].Login != "octo-org" {
			t.Errorf("status = %+v, want where to mend it", got)
		}

		must(t, s.NoteSync(ctx, running.ID, models.ClockSkewed, "the clock"))
		expect("while the operator is needed", classified{Status: models.DataFailedIntegration, Code: models.ClockSkewed})
		must(t, s.ForgetSyncNote(ctx, running.ID))
		expect("when that is over", classified{Status: models.DataActionRequired, Code: models.SSORequired})
		must(t, s.FinishSync(ctx, running.ID, models.SyncFailed, models.SSORequired, "403"))
		expect("what a refused organization did to its sync", classified{Status: models.DataActionRequired, Code: models.SSORequired})
		set(&models.Sync{}, "id = ?", running.ID, map[string]any{"code": models.GitHubUnexpected})
		expect("a sync that failed for another reason", classified{Status: models.DataFailedIntegration, Code: models.GitHubUnexpected})
		set(&models.Connection{}, "id = ?", integration.ConnectionID, map[string]any{"health": models.CredentialInvalid})
		expect("a refused credential", classified{Status: models.DataFailedIntegration, Code: models.TokenInvalid})
		if _, err := s.IntegrationStatus(ctx, "unknown"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("unknown: %v, want ErrNotFound", err)
		}
	})
}

func affectedOne(res *gorm.DB) error {
	if res.Error == nil && res.RowsAffected != 1 {
		return fmt.Errorf("%d rows changed, want 1", res.RowsAffected)
	}
	return res.Error
}

func TestIntegrationStatus_countsWhatWasChosenButNotClaimed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		c, err := s.CreateConnection(ctx, models.OAuth, token)
		must(t, err)
		must(t, s.SaveOrganizations(ctx, c.ID, []models.Organization{{ID: 1, Login: "acme"}, {ID: 2, Login: "unchosen"}}, []models.ConnectionOrganization{
			{OrganizationID: 1, Login: "acme", Access: models.AccessOK}, {OrganizationID: 2, Login: "unchosen", Access: models.AccessSSORequired},
		}))
		created, err := s.CreateIntegration(ctx, store.NewIntegration{ConnectionID: c.ID, Name: "n", OrganizationIDs: []int64{1}})
		must(t, err)
		if got := statusOf(t, s, created.ID); got.Status != models.DataProcessing || len(got.Organizations) != 1 || got.Organizations[0].OrganizationID != 1 {
			t.Errorf("status %s with %+v, want processing with what was chosen", got.Status, got.Organizations)
		}
		must(t, s.DB().Where("organization_id = 1").Delete(&models.ConnectionOrganization{}).Error)
		if got := statusOf(t, s, created.ID); got.Status != models.DataActionRequired || got.Code != models.OrganizationUnknown {
			t.Errorf("status %s (%s), want the organization that the connection does not see", got.Status, got.Code)
		}
	})
}

func TestIntegrationStatuses_takeAsManyQueriesForOneAsForAll(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		var queries atomic.Int64
		count := func(*gorm.DB) { queries.Add(1) }
		must(t, s.Reader().Callback().Query().Before("gorm:query").Register("count", count))
		must(t, s.Reader().Callback().Row().Before("gorm:row").Register("count", count))
		first := storetest.Integration(t, s, 1)
		used := func() int64 {
			t.Helper()
			before := queries.Load()
			_, err := s.IntegrationStatuses(ctx)
			must(t, err)
			return queries.Load() - before
		}
		one := used()
		for i := range 99 {
			_, err := s.CreateIntegration(ctx, store.NewIntegration{ConnectionID: first.ConnectionID, Name: fmt.Sprint("n", i)})
			must(t, err)
		}
		if all := used(); all != one || one == 0 {
			t.Errorf("%d queries for 100 integrations and %d for one", all, one)
		}
		statuses, err := s.IntegrationStatuses(ctx)
		must(t, err)
		if len(statuses) != 100 || statuses[0].Name != "GitHub" {
			t.Errorf("%d statuses, the first of %q, want 100 by name", len(statuses), statuses[0].Name)
		}
	})
}
