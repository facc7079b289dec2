package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

func TestIntegrationList_filtersSortsAndPages(t *testing.T) {
	eachAt(t, func(t *testing.T, s *store.Store, pass func(time.Duration)) {
		ctx := t.Context()
		first := storetest.Integration(t, s, 3) // "GitHub" of octo-org, by token
		synced(t, s, storetest.Noon)
		for i, name := range []string{"alpha", "Beta", "gamma"} {
			pass(10 * time.Second)
			c, err := s.CreateConnection(ctx, models.OAuth, token)
			must(t, err)
			must(t, s.SaveOrganizations(ctx, c.ID, []models.Organization{{ID: int64(i + 1), Login: "Acme-" + name}},
				[]models.ConnectionOrganization{{OrganizationID: int64(i + 1), Login: "Acme-" + name, Access: models.AccessOK}}))
			_, err = s.CreateIntegration(ctx, store.NewIntegration{
				ConnectionID: c.ID, Name: name, OrganizationIDs: []int64{int64(i + 1)}, Services: models.Services{Repos: true, Tickets: name == "gamma"},
			})
			must(t, err)
		}
		must(t, s.SwitchOnWebhooks(ctx, first.ID, storetest.OrganizationID, models.OrganizationHook))

		names := func(f store.IntegrationFilter, cursor store.Cursor, limit int) (string, store.IntegrationList) {
			t.Helper()
			list, err := s.IntegrationList(ctx, f, cursor, limit)
			must(t, err)
			var names []string
			for _, i := range list.Rows {
				names = append(names, i.Name)
			}
			return strings.Join(names, " "), list
		}
		for _, test := range []struct {
			filter store.IntegrationFilter
			want   string
		}{
			{store.IntegrationFilter{}, "alpha Beta gamma GitHub"},
			{store.IntegrationFilter{Query: "BET"}, "Beta"},
			{store.IntegrationFilter{Query: "acme-a"}, "alpha"},
			{store.IntegrationFilter{Query: "%"}, ""},
			{store.IntegrationFilter{Statuses: []models.DataStatus{models.DataHealthy}}, "GitHub"},
			{store.IntegrationFilter{Methods: []models.ConnectionMethod{models.OAuth}}, "alpha Beta gamma"},
			{store.IntegrationFilter{Services: []models.Service{models.ServiceTickets}}, "gamma GitHub"},
			{store.IntegrationFilter{Services: []models.Service{models.ServiceRepos, models.ServiceWebhooks}}, "GitHub"},
			{store.IntegrationFilter{Sort: store.ByStatus}, "alpha Beta gamma GitHub"},
			{store.IntegrationFilter{Sort: store.ByCreation}, "gamma Beta alpha GitHub"},
			{store.IntegrationFilter{Sort: store.ByLastEvent}, "GitHub alpha Beta gamma"},
			{store.IntegrationFilter{Sort: store.ByCompleteThrough}, "alpha Beta gamma GitHub"},
		} {
			got, all := names(test.filter, "", 0)
			if got != test.want || *all.Total != len(strings.Fields(test.want)) {
				t.Errorf("%+v shows %q of %d, want %q", test.filter, got, *all.Total, test.want)
			}
			if all.Statuses[models.DataHealthy] != 1 || all.Statuses[models.DataProcessing] != 3 || all.Imported != 3 || all.LastEventAt == nil {
				t.Errorf("%+v: of all %+v, %d imported, last event %v", test.filter, all.Statuses, all.Imported, all.LastEventAt)
			}
			var pages []string
			for cursor := store.Cursor(""); ; {
				page, list := names(test.filter, cursor, 2)
				if pages = append(pages, page); list.Next == "" {
					break
				}
				cursor = list.Next
			}
			if got := strings.TrimSpace(strings.Join(pages, " ")); got != test.want {
				t.Errorf("%+v in pages of two: %q, want %q", test.filter, got, test.want)
			}
		}
		_, page := names(store.IntegrationFilter{Sort: store.ByStatus}, "", 2)
		if _, err := s.IntegrationList(ctx, store.IntegrationFilter{}, page.Next, 2); !errors.Is(err, store.ErrCursor) {
			t.Errorf("a cursor of another order: %v, want ErrCursor", err)
		}
	})
}

func TestIntegrationStatuses_countAndNameWhoAdded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 3)
		_, err := s.Select(ctx, integration.ID, []int64{1002}, models.Ignored)
		must(t, err)
		other, err := s.CreateIntegration(ctx, store.NewIntegration{ConnectionID: integration.ConnectionID, Name: "other"})
		must(t, err)
		for i, details := range []map[string]string{{models.DetailCreated: other.ID + " " + integration.ID}, {models.DetailCreated: integration.ID}, {}} {
			e := models.AuditEvent{Action: models.ActionCreateIntegration, Outcome: models.AuditDone, ActorName: fmt.Sprint("person-", i), Details: details}
			if i == 2 {
				e.Outcome, e.SubjectID = models.AuditFailed, other.ID
			}
			must(t, s.RecordAudit(ctx, &e))
		}
		statuses, err := s.IntegrationStatuses(ctx)
		must(t, err)
		at := slices.IndexFunc(statuses, func(i store.IntegrationStatus) bool { return i.ID == integration.ID })
		got, without := statuses[at], statuses[1-at]
		if got.Imported != 2 || got.Visible != 3 || got.Listed != 1 || got.Webhooks || got.LastEventAt != nil {
			t.Errorf("%d of %d imported, %d listed, webhooks %t, last event %v", got.Imported, got.Visible, got.Listed, got.Webhooks, got.LastEventAt)
		}
		if got.Added == nil || got.Added.ActorName != "person-0" || without.Added == nil || without.Added.ActorName != "person-0" {
			t.Errorf("added by %+v and %+v, want who came first", got.Added, without.Added)
		}
		if without.Imported != 0 || without.Visible != 0 {
			t.Errorf("without organizations %d of %d are imported", without.Imported, without.Visible)
		}
	})
}
