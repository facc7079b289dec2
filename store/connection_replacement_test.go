package store_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// loginsOf are the organizations of changes, with the services that they are about.
func loginsOf(changes []store.AccessChange) []string {
	var names []string
	for _, c := range changes {
		name := c.Login
		for _, limit := range c.Services {
			name += " " + string(limit.Service)
		}
		names = append(names, name)
	}
	return names
}

func TestCompareConnections_saysWhatIsLostAndGained(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		type seen struct {
			before, after models.OrganizationAccess // empty: never seen
			limits        [2][]models.Limit
		}
		limited := func(services ...models.Service) []models.Limit {
			limits := []models.Limit{}
			for _, service := range services {
				limits = append(limits, models.Limit{Service: service, Code: models.ScopeMissing})
			}
			return limits
		}
		cases := map[string]seen{
			"a-kept":        {before: models.AccessOK, after: models.AccessMember},
			"b-sso":         {before: models.AccessOK, after: models.AccessSSORequired},
			"c-unseen":      {before: models.AccessMember},
			"d-gained":      {before: models.AccessOAuthRestricted, after: models.AccessOK},
			"e-gained":      {after: models.AccessOK},
			"f-neither":     {before: models.AccessGone, after: models.AccessRefused},
			"g-pulls":       {before: models.AccessOK, after: models.AccessOK, limits: [2][]models.Limit{limited(), limited(models.ServicePullRequests)}},
			"h-tickets-off": {before: models.AccessOK, after: models.AccessOK, limits: [2][]models.Limit{limited(), limited(models.ServiceTickets, models.ServiceWebhooks)}},
			"i-both":        {before: models.AccessOK, after: models.AccessOK, limits: [2][]models.Limit{limited(models.ServiceRepos), limited(models.ServicePullRequests)}},
			"j-unasked":     {before: models.AccessChecking, after: models.AccessGone},
		}
		before, err := s.CreateConnection(ctx, models.OAuth, token)
		must(t, err)
		must(t, s.AuthorizeConnection(ctx, before.ID, store.Identity{Login: "mona", RateOwner: "user/1"}))
		after, err := s.CreateConnection(ctx, models.PersonalAccessToken, token)
		must(t, err)
		must(t, s.AuthorizeConnection(ctx, after.ID, store.Identity{Login: "mona-renamed", RateOwner: "user/1"}))
		var organizations []models.Organization
		var ids []int64
		for login, c := range cases {
			id := int64(login[0])
			ids = append(ids, id)
			organizations = append(organizations, models.Organization{ID: id, Login: login})
			for i, access := range []models.OrganizationAccess{c.before, c.after} {
				if access == "" {
					continue
				}
				if c.limits[i] == nil {
					c.limits[i] = limited()
				}
				must(t, s.DB().Create(&models.ConnectionOrganization{ConnectionID: []string{before.ID, after.ID}[i], OrganizationID: id, Login: login,
					Access: access, Limits: c.limits[i], CheckedAt: storetest.Noon}).Error)
			}
		}
		must(t, s.SaveOrganizations(ctx, before.ID, organizations, nil))
		integration := models.Integration{ID: "i", Name: "n", ConnectionID: before.ID, Lifecycle: models.IntegrationActive,
			Services: models.Services{Repos: true, PullRequests: true}}
		must(t, s.DB().Create(&integration).Error)
		must(t, s.DB().Model(&models.Organization{}).Where("id IN ?", ids).Update("integration_id", "i").Error)

		got, err := s.CompareConnections(ctx, "i", after.ID)
		must(t, err)
		for what, list := range map[string]struct {
			got  []store.AccessChange
			want []string
		}{
			"lost":       {got.Lost, []string{"b-sso", "c-unseen", "g-pulls pull_requests", "i-both pull_requests", "j-unasked"}},
			"gained":     {got.Gained, []string{"d-gained", "e-gained", "i-both repos"}},
			"kept":       {got.Kept, []string{"a-kept", "h-tickets-off"}},
			"unreadable": {got.Unreadable, []string{"f-neither"}},
		} {
			if diff := cmp.Diff(list.want, loginsOf(list.got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
		if !got.SameAccount() || got.Before.Login != "mona" || got.After.Login != "mona-renamed" || got.Before.Credential+got.After.Credential != "" {
			t.Errorf("from %+v to %+v", got.Before, got.After)
		}
		if got.Lost[1].Access != models.AccessGone || got.Lost[1].Code != models.OrganizationUnknown {
			t.Errorf("what is not seen: %+v", got.Lost[1])
		}
		for what, pair := range map[string][2]string{"integration": {"unknown", after.ID}, "connection": {"i", "unknown"}} {
			if _, err := s.CompareConnections(ctx, pair[0], pair[1]); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("unknown %s: %v, want ErrNotFound", what, err)
			}
		}
		must(t, s.DB().Model(&integration).Update("lifecycle", models.IntegrationDeleting).Error)
		if _, err := s.CompareConnections(ctx, "i", after.ID); !errors.Is(err, store.ErrDeleting) {
			t.Errorf("while it is deleted: %v, want ErrDeleting", err)
		}
	})
}

// wizard makes the connection with which somebody authorized the GitHub App.
func wizard(t *testing.T, s *store.Store) models.Connection {
	t.Helper()
	c, err := s.CreateConnection(t.Context(), models.GitHubApp, token)
	must(t, err)
	must(t, s.AuthorizeConnection(t.Context(), c.ID, store.Identity{Login: "mona", RateOwner: "user/1"}))
	return c
}

func TestReplaceConnection_goesOnAsTheInstallationOfItsOneOrganization(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration, running, _ := syncing(t, s)
		app := wizard(t, s)
		refused := func(want error) {
			t.Helper()
			if _, err := s.CompareConnections(ctx, integration.ID, app.ID); !errors.Is(err, want) {
				t.Errorf("compare: %v, want %v", err, want)
			}
			if _, err := s.ReplaceConnection(ctx, integration.ID, app.ID); !errors.Is(err, want) {
				t.Errorf("replace: %v, want %v", err, want)
			}
		}
		refused(store.ErrNotInstalled)
		sees(t, s, app.ID, models.ConnectionOrganization{OrganizationID: storetest.OrganizationID, Login: "octo-org", Access: models.AccessOK,
			InstallationID: new(int64(42)), Limits: []models.Limit{}})
		must(t, s.SaveOrganizations(ctx, app.ID, []models.Organization{{ID: 2, Login: "second"}}, nil))
		must(t, s.DB().Model(&models.Organization{}).Where("id = 2").Update("integration_id", integration.ID).Error)
		refused(store.ErrOneOrganizationOnly)
		must(t, s.DB().Model(&models.Organization{}).Where("id = 2").Update("integration_id", "").Error)

		before := rows(t, s, &models.Repository{})
		organizations, err := s.ReplaceConnection(ctx, integration.ID, app.ID)
		concerns(t, organizations, err)
		got, err := s.IntegrationStatus(ctx, integration.ID)
		must(t, err)
		if c := got.Connection; c.InstallationID == nil || *c.InstallationID != 42 || c.RateOwner != "installation/42" {
			t.Errorf("it goes on with %+v, want installation 42", c)
		}
		if _, err := s.Connection(ctx, app.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the wizard's connection: %v, want it forgotten", err)
		}
		if !syncOf(t, s, running.ID).CancelRequested || rows(t, s, &models.Repository{}) != before {
			t.Error("the running sync goes on, or repositories were deleted")
		}

		must(t, s.InvalidateCredential(ctx, running.ID))
		if c, err := s.Connection(ctx, got.ConnectionID); err != nil || c.Health != models.CredentialOK {
			t.Errorf("the installation's connection is %s (%v): its tokens come and go", c.Health, err)
		}
		back, err := s.CreateConnection(ctx, models.PersonalAccessToken, token)
		must(t, err)
		if _, err := s.ReplaceConnection(ctx, integration.ID, back.ID); err != nil {
			t.Errorf("back to a token: %v", err)
		}
	})
}

func TestQueueScheduled_restsWhileTheCredentialIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration, running, _ := syncing(t, s)
		schedule := func(want bool) {
			t.Helper()
			if got, err := s.QueueScheduled(ctx, storetest.OrganizationID); err != nil || got != want {
				t.Errorf("queued = %v (%v), want %v", got, err, want)
			}
		}
		must(t, s.InvalidateCredential(ctx, running.ID))
		schedule(false)
		other, err := s.CreateConnection(ctx, models.PersonalAccessToken, token)
		must(t, err)
		_, err = s.ReplaceConnection(ctx, integration.ID, other.ID)
		must(t, err)
		schedule(true)
	})
}

func TestOrganizationAccess_isRefusedAndAdmittedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 1)
		octo := models.Organization{ID: storetest.OrganizationID, Login: "octo-org"}
		look := func() models.ConnectionOrganization {
			t.Helper()
			seen, err := s.OrganizationAccess(ctx, integration.ConnectionID, octo)
			must(t, err)
			return seen
		}
		set := func(columns map[string]any) {
			t.Helper()
			must(t, affectedOne(s.DB().Model(&models.ConnectionOrganization{}).Where("connection_id = ?", integration.ConnectionID).Updates(columns)))
		}
		limits := `[{"service":"webhooks","code":"not_org_owner"}]`
		set(map[string]any{"limits": limits, "code": models.NoPrivateReposVisible})
		must(t, s.AdmitOrganization(ctx, integration.ConnectionID, octo))
		if got := look(); got.Access != models.AccessOK || got.Code != models.NoPrivateReposVisible || !got.CheckedAt.Equal(storetest.Noon) {
			t.Errorf("admitted while it was: %+v, want it untouched", got)
		}
		for _, c := range []struct {
			columns map[string]any
			want    models.OrganizationAccess
		}{
			{map[string]any{"role": "admin"}, models.AccessOK},
			{map[string]any{"role": "member"}, models.AccessMember},
			{map[string]any{"role": "", "installation_id": 42}, models.AccessOK},
		} {
			set(c.columns)
			refused := look()
			refused.Access, refused.Code, refused.RemedyURL = models.AccessSSORequired, models.SSORequired, "https://sso"
			must(t, s.RefuseOrganization(ctx, refused))
			if got := look(); got.Access != models.AccessSSORequired || got.RemedyURL != "https://sso" || got.CheckedAt.Equal(storetest.Noon) || len(got.Limits) != 1 {
				t.Errorf("refused: %+v", got)
			}
			must(t, s.AdmitOrganization(ctx, integration.ConnectionID, octo))
			if got := look(); got.Access != c.want || got.Code != "" || got.RemedyURL != "" || len(got.Limits) != 1 {
				t.Errorf("admitted with %v: %+v, want %s", c.columns, got, c.want)
			}
		}
		set(map[string]any{"access": models.AccessMembershipPending, "installation_id": nil})
		must(t, s.AdmitOrganization(ctx, integration.ConnectionID, octo))
		if got := look(); got.Access != models.AccessMembershipPending {
			t.Errorf("reading what is public makes an invitation %s", got.Access)
		}
		must(t, s.RefuseOrganization(ctx, models.ConnectionOrganization{ConnectionID: "replaced", OrganizationID: octo.ID, Access: models.AccessGone}))
		if n := rows(t, s, &models.ConnectionOrganization{}); n != 1 {
			t.Errorf("%d rows, want none for a connection that is gone", n)
		}
	})
}
