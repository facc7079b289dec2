package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

func TestNumbers_sayWhatAnOperatorWatches(t *testing.T) {
	eachAt(t, func(t *testing.T, s *store.Store, pass func(time.Duration)) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 3)
		numbers := func() store.Numbers {
			t.Helper()
			n, err := s.Numbers(ctx)
			must(t, err)
			return n
		}
		of := func(n store.Numbers, kind models.StreamKind) store.StreamNumbers {
			t.Helper()
			for _, stream := range n.Streams {
				if stream.Organization == "octo-org" && stream.Kind == kind {
					return stream
				}
			}
			t.Fatalf("%s is not among %+v", kind, n.Streams)
			return store.StreamNumbers{}
		}
		if got := of(numbers(), models.StreamIssues); got.Unread != 3 || got.CompleteThrough != nil || len(got.Failing) > 0 {
			t.Errorf("before anything is read issues are %+v, want 3 unread", got)
		}

		synced(t, s, storetest.Noon)
		n := numbers()
		if got := of(n, models.StreamIssues); got.Unread != 0 || got.CompleteThrough == nil || !got.CompleteThrough.Equal(storetest.Noon) {
			t.Errorf("issues that are read are %+v, want them complete through %s, the oldest", got, storetest.Noon)
		}
		if len(n.Unreadable)+len(n.Webhooks)+len(n.Waiting) > 0 {
			t.Errorf("without trouble and webhooks there are %+v", n)
		}

		claim, err := s.ClaimStream(ctx, storetest.RepositoryID, models.StreamIssues)
		must(t, err)
		_, err = s.FailStream(ctx, &claim.Stream, models.PermissionMissing, "no")
		must(t, err)
		must(t, s.LoseRepository(ctx, storetest.RepositoryID+1, models.RepoBlocked))
		hook := models.Webhook{
			ID: "hook", IntegrationID: integration.ID, OrganizationID: storetest.OrganizationID, Source: models.OrganizationHook,
			State: models.WebhookFailing, MeterSince: storetest.Noon, Received: 1, Undelivered: 2, Redelivered: 3, Unannounced: 4,
		}
		must(t, s.DB().Create(&hook).Error)
		_, err = s.SaveDeliveries(ctx, []models.Delivery{{WebhookID: "hook", GUID: "1", OrganizationID: storetest.OrganizationID, Event: "push", State: models.DeliveryReceived}})
		must(t, err)
		must(t, s.DB().Create(&models.Hint{RepositoryID: storetest.RepositoryID, HintedAt: storetest.Noon, DueAt: storetest.Noon}).Error)
		n = numbers()
		if diff := cmp.Diff(map[models.Code]int{models.PermissionMissing: 1}, of(n, models.StreamIssues).Failing); diff != "" {
			t.Errorf("streams that fail (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]store.UnreadableNumbers{{Organization: "octo-org", Code: models.RepoBlocked, Repositories: 1}}, n.Unreadable); diff != "" {
			t.Errorf("repositories that cannot be read (-want +got):\n%s", diff)
		}
		want := []store.WebhookNumbers{{
			Organization: "octo-org", States: map[models.WebhookState]int{models.WebhookFailing: 1}, Received: 2, Undelivered: 2, Redelivered: 3, Unannounced: 4,
		}}
		if diff := cmp.Diff(want, n.Webhooks); diff != "" {
			t.Errorf("hooks (-want +got):\n%s", diff)
		}
		waiting := map[string]int{}
		for _, w := range n.Waiting {
			waiting[w.What] += w.Waiting
			if w.DueSince.IsZero() {
				t.Errorf("%s are due since nobody knows", w.What)
			}
		}
		if diff := cmp.Diff(map[string]int{"deliveries": 1, "hints": 1}, waiting); diff != "" {
			t.Errorf("what waits (-want +got):\n%s", diff)
		}

		// Of what is paused nothing is expected, and nobody is woken at night.
		must(t, s.DB().Model(&models.Integration{}).Where("true").Update("lifecycle", models.IntegrationPaused).Error)
		if n := numbers(); len(n.Streams)+len(n.Unreadable)+len(n.Waiting) > 0 || len(n.Webhooks) != 1 {
			t.Errorf("while it is paused there are %+v, want the hooks alone", n)
		}
	})
}

// TestFinishHints_returnsWhatIsFresh as a freshness is measured by it.
func TestFinishHints_returnsWhatIsFresh(t *testing.T) {
	eachAt(t, func(t *testing.T, s *store.Store, pass func(time.Duration)) {
		ctx := t.Context()
		storetest.Integration(t, s, 1)
		occurred := storetest.Noon.Add(-time.Minute)
		delivery := models.Delivery{
			WebhookID: "hook", GUID: "1", OrganizationID: storetest.OrganizationID, RepositoryID: storetest.RepositoryID, Event: "issues", State: models.DeliveryReceived, OccurredAt: &occurred,
		}
		_, err := s.SaveDeliveries(ctx, []models.Delivery{delivery})
		must(t, err)
		settled, err := s.ApplyDeliveries(ctx, storetest.RepositoryID, []store.AppliedDelivery{
			{Delivery: delivery, Effect: store.Effect{Hints: []models.StreamKind{models.StreamIssues}}},
		})
		must(t, err)
		if len(settled) != 1 || settled[0].State != models.DeliveryApplied || settled[0].FreshAt != nil {
			t.Errorf("applied is %+v, want one that is not fresh yet", settled)
		}
		pass(time.Second)
		hinted, _, err := s.DueHints(ctx, storetest.OrganizationID, 10)
		must(t, err)
		if len(hinted) != 1 {
			t.Fatalf("%d repositories are hinted at, want 1", len(hinted))
		}
		fresh, err := s.FinishHints(ctx, hinted[0], nil, storetest.Noon)
		must(t, err)
		if len(fresh) != 1 || fresh[0].Event != "issues" || fresh[0].FreshAt == nil || fresh[0].OccurredAt == nil || !fresh[0].OccurredAt.Equal(occurred) {
			t.Errorf("fresh is %+v, want the delivery with both its times", fresh)
		}
	})
}
