package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

func TestTimeline_isTheLatestOfEveryKind(t *testing.T) {
	eachAt(t, func(t *testing.T, s *store.Store, pass func(time.Duration)) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 2)
		for i, subject := range []string{integration.ID, "9000", "9001", "other"} {
			pass(time.Second)
			kind := map[bool]string{true: "integration", false: "organization"}[i == 0 || i == 3]
			must(t, s.RecordAudit(ctx, &models.AuditEvent{Action: fmt.Sprint("action-", i), SubjectKind: kind, SubjectID: subject, Outcome: models.AuditDone}))
		}
		must(t, s.RecordAudit(ctx, &models.AuditEvent{Action: "refused", SubjectKind: "integration", SubjectID: integration.ID, Outcome: models.AuditRefused}))
		pass(time.Second)
		must(t, s.StartSync(ctx, queued(t, s).ID))
		pass(time.Second)
		must(t, s.LoseRepository(ctx, 1002, models.RepoBlocked))
		must(t, s.SwitchOnWebhooks(ctx, integration.ID, storetest.OrganizationID, models.OrganizationHook))
		must(t, s.DB().Model(&models.Webhook{}).Where("true").Update("gap_since", storetest.Noon).Error)
		of := func(limit int) (kinds []string) {
			t.Helper()
			events, err := s.Timeline(ctx, integration.ID, limit)
			must(t, err)
			for _, e := range events {
				switch {
				case e.Audit != nil:
					kinds = append(kinds, e.Audit.Action)
				case e.Sync != nil:
					kinds = append(kinds, string(e.Sync.State))
				case e.Repository != nil:
					kinds = append(kinds, e.Repository.FullName)
				case e.Webhook != nil:
					if kinds = append(kinds, "gap"); e.Webhook.Secret != "" {
						t.Error("the timeline has a secret")
					}
				}
			}
			return kinds
		}
		if got, want := fmt.Sprint(of(20)), "[octo-org/repo-2 action-1 action-0 gap]"; got != want {
			t.Errorf("the timeline is %s, want %s", got, want)
		}
		if got := of(2); len(got) != 2 {
			t.Errorf("%v, want two", got)
		}
		running, err := s.OpenSyncs(ctx, storetest.OrganizationID)
		must(t, err)
		if _, err := s.HoldSync(ctx, running[0].ID, storetest.Noon.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if got := of(20); len(got) != 5 || got[1] != "running" {
			t.Errorf("while a sync waits: %v", got)
		}
		if _, err := s.Timeline(ctx, running[0].ID, 1); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("of an unknown integration: %v", err)
		}
	})
}

func TestConsumption_andEstimateAreOfWhatIsLeft(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 2)
		must(t, s.DB().Create(&models.Stream{RepositoryID: 1001, Kind: models.StreamCommits, Stored: 100, Expected: 700}).Error)
		must(t, s.DB().Create(&models.Stream{RepositoryID: 1002, Kind: models.StreamCommits, Stored: 100, Expected: 700, Checkpoint: models.Checkpoint{CompleteThrough: &storetest.Noon}}).Error)
		c, err := s.Consumption(ctx, integration.ID)
		must(t, err)
		if c.Left != 600 || len(c.Budgets) != 0 || len(c.Running) != 0 {
			t.Errorf("consumption is %+v, want 600 rows left", c)
		}
		e, _, err := s.Estimate(ctx, store.RepositoryFilter{IntegrationID: integration.ID}, nil)
		must(t, err)
		if e.Repositories != 2 || e.CommitsUnknown != 0 || e.Usage.Requests < 14 {
			t.Errorf("the estimate is %+v", e)
		}
		if _, err := s.Consumption(ctx, integration.ConnectionID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("of an unknown integration: %v", err)
		}
	})
}

func TestSyncParts_areListedWithTheirStreams(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		storetest.Integration(t, s, 3)
		sync := queued(t, s)
		must(t, s.StartSync(ctx, sync.ID))
		_, err := s.PlanSync(ctx, sync.ID)
		must(t, err)
		must(t, s.DB().Create(&models.Stream{RepositoryID: 1002, Kind: models.StreamIssues, Failures: 3}).Error)
		parts := all(t, func(c store.Cursor) (store.List[store.SyncPart], error) {
			return s.SyncParts(ctx, sync.ID, models.SyncQueued, c, 2)
		},
			func(p store.SyncPart) string { return fmt.Sprintf("%s %d", p.FullName, len(p.Streams)) })
		if got, want := fmt.Sprint(parts), "[octo-org/repo-1 0 octo-org/repo-2 1 octo-org/repo-3 0]"; got != want {
			t.Errorf("parts are %s, want %s", got, want)
		}
		if _, err := s.SyncParts(ctx, "none", "", "", 1); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("of an unknown sync: %v", err)
		}
	})
}
