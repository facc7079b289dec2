package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"tributary/api"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

func TestIntegrations_areListedWithWhatPeopleLookFor(t *testing.T) {
	t.Parallel()
	f := start(t, &fakeTemporal{})
	integration := storetest.Integration(t, f.store, 3)
	for i := range 3 {
		_, err := f.store.CreateIntegration(t.Context(), store.NewIntegration{
			ConnectionID: integration.ConnectionID, Name: fmt.Sprint("other-", i), OrganizationIDs: []int64{}, Services: models.Services{Repos: true},
		})
		must(t, err)
	}
	must(t, f.store.RecordAudit(t.Context(), &models.AuditEvent{Action: models.ActionCreateIntegration, Outcome: models.AuditDone, ActorName: "ci", SubjectID: integration.ID}))

	var page api.IntegrationPage
	f.get(t, "/api/v1/integrations?limit=2").into(t, http.StatusOK, &page)
	if len(page.Items) != 2 || page.Total == nil || *page.Total != 4 || page.NextCursor == "" || page.Summary.Imported != 3 || page.Summary.Statuses.Processing != 1 {
		t.Errorf("first page: %+v", page)
	}
	var own api.Integration
	f.get(t, "/api/v1/integrations/"+integration.ID).into(t, http.StatusOK, &own)
	for _, got := range []api.Integration{page.Items[0], own} {
		if got.Method != models.PersonalAccessToken || got.Login != "octocat" || len(got.Organizations) != 1 || got.Organizations[0].Login != "octo-org" {
			t.Errorf("the integration is %+v", got)
		}
		if *got.Repositories != (api.IngestedRepositories{Imported: 3, Visible: 3}) || got.Webhooks || got.Creating != nil || got.Added == nil || got.Added.By != "ci" {
			t.Errorf("the integration is %+v with %+v added by %+v", got, got.Repositories, got.Added)
		}
	}
	var second api.IntegrationPage
	f.get(t, "/api/v1/integrations?limit=2&cursor="+page.NextCursor).into(t, http.StatusOK, &second)
	if len(second.Items) != 2 || second.NextCursor != "" || second.Items[1].Name != "other-2" {
		t.Errorf("second page: %+v", second)
	}
	for query, want := range map[string]int{
		"q=OCTO": 1, "q=other": 3, "status=processing": 1, "status=healthy": 3, "status=healthy,processing": 4,
		"auth_method=oauth": 0, "service=tickets": 1, "service=repos,webhooks": 0, "sort=status&limit=1": 1,
	} {
		var page api.IntegrationPage
		f.get(t, "/api/v1/integrations?"+query).into(t, http.StatusOK, &page)
		if len(page.Items) != want {
			t.Errorf("%s shows %d, want %d", query, len(page.Items), want)
		}
	}
	for _, query := range []string{"sort=age", "status=fine", "service=wiki", "auth_method=ssh", "limit=0", "cursor=zzz"} {
		f.get(t, "/api/v1/integrations?"+query).problem(t, http.StatusUnprocessableEntity)
	}
}

func TestIntegrations_showThatTheyAreBeingCreated(t *testing.T) {
	t.Parallel()
	f := start(t, &fakeTemporal{})
	ctx := t.Context()
	c, err := f.store.CreateConnection(ctx, models.OAuth, "gho_secret")
	must(t, err)
	must(t, f.store.SaveOrganizations(ctx, c.ID, []models.Organization{{ID: 1, Login: "one"}, {ID: 2, Login: "two"}},
		[]models.ConnectionOrganization{{OrganizationID: 1, Login: "one", Access: models.AccessOK}, {OrganizationID: 2, Login: "two", Access: models.AccessOK}}))
	created, err := f.store.CreateIntegration(ctx, store.NewIntegration{ConnectionID: c.ID, Name: "both", OrganizationIDs: []int64{1, 2}, Services: models.Services{Repos: true}})
	must(t, err)
	repositories := storetest.Repositories(1)
	repositories[0].OrganizationID = 1
	_, err = f.store.SaveProbe(ctx, 1, repositories, storetest.Noon)
	must(t, err)
	var got api.Integration
	f.get(t, "/api/v1/integrations/"+created.ID).into(t, http.StatusOK, &got)
	if got.Creating == nil || *got.Creating != (api.Creating{Organizations: 2, Listed: 1}) {
		t.Errorf("creating is %+v, want one of two", got.Creating)
	}
	open, err := f.store.OpenSyncs(ctx, 2)
	must(t, err)
	must(t, f.store.FinishSync(ctx, open[0].ID, models.SyncFailed, models.SSORequired, ""))
	var after api.Integration
	f.get(t, "/api/v1/integrations/"+created.ID).into(t, http.StatusOK, &after)
	if after.Creating != nil {
		t.Errorf("creating is %+v once there is nothing to wait for", after.Creating)
	}
}

func TestDryRun_namesTheOrganizations(t *testing.T) {
	t.Parallel()
	f := start(t, &fakeTemporal{})
	ctx := t.Context()
	c, err := f.store.CreateConnection(ctx, models.OAuth, "gho_secret")
	must(t, err)
	must(t, f.store.AuthorizeConnection(ctx, c.ID, store.Identity{Login: "octocat", RateOwner: "user/1"}))
	var organizations []models.Organization
	var seen []models.ConnectionOrganization
	for id, login := range map[int64]string{1: "zeta", 2: "acme", 3: "other"} {
		organizations = append(organizations, models.Organization{ID: id, Login: login})
		seen = append(seen, models.ConnectionOrganization{OrganizationID: id, Login: login, Access: models.AccessOK})
	}
	must(t, f.store.SaveOrganizations(ctx, c.ID, organizations, seen))
	var would api.CreatedIntegrations
	f.request(t, http.MethodPost, "/api/v1/integrations", `{"connection_id":"`+c.ID+`","name":"both","organizations":[2,1],"dry_run":true}`).into(t, http.StatusCreated, &would)
	if len(would.Items) != 1 || len(would.Items[0].Organizations) != 2 || would.Items[0].Organizations[0].Login != "zeta" || would.Items[0].Organizations[1].Login != "acme" {
		t.Errorf("it would be %+v", would.Items)
	}
	if all, err := f.store.Integrations(ctx); err != nil || len(all) != 0 {
		t.Errorf("%d integrations were created", len(all))
	}
}
