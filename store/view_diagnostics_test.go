package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

func diagnostics(t *testing.T, s *store.Store, integrationID string) []store.DiagnosticView {
	t.Helper()
	rows, err := s.Diagnostics(t.Context(), integrationID)
	must(t, err)
	return rows
}

func TestSaveDiagnosis_replacesWhatWasKnownBefore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 1)
		diagnosis := store.Diagnosis{IntegrationID: integration.ID, ConnectionID: integration.ConnectionID, Rows: []models.Diagnostic{
			{Name: "credential", Severity: models.SeverityOK, Detail: "fine"},
			{Name: "rate_limit", Severity: models.SeverityInfo, Code: models.RateLimited},
			{OrganizationID: storetest.OrganizationID, Name: "access", Severity: models.SeverityError, Code: models.SSORequired, Detail: "no\x00",
				Endpoint: "GET /organizations/9000/repos", Status: 403, Headers: []string{"X-GitHub-SSO"}},
			{OrganizationID: storetest.OrganizationID, Name: "freshness", Severity: models.SeverityWarning, Code: models.DataStale},
		}}
		for range 2 { // the second time changes nothing
			_, err := s.SaveDiagnosis(ctx, diagnosis)
			must(t, err)
		}

		rows := diagnostics(t, s, integration.ID)
		var names []string
		for _, row := range rows {
			names = append(names, row.Name)
		}
		if want := []string{"access", "freshness", "rate_limit", "credential"}; !slices.Equal(names, want) {
			t.Fatalf("rows = %q, want the worst first: %q", names, want)
		}
		if row := rows[0]; row.Login != "octo-org" || row.Detail != "no\uFFFD" || row.Status != 403 || !slices.Equal(row.Headers, []string{"X-GitHub-SSO"}) || row.CheckedAt.IsZero() {
			t.Errorf("row = %+v", row)
		}
		if row := rows[3]; row.Login != "" || row.Headers == nil {
			t.Errorf("the credential's row = %+v", row)
		}
		diagnosis.Rows = diagnosis.Rows[:1]
		_, err := s.SaveDiagnosis(ctx, diagnosis)
		must(t, err)
		if rows := diagnostics(t, s, integration.ID); len(rows) != 1 {
			t.Errorf("%d rows are left of one check", len(rows))
		}
		after, err := s.Integration(ctx, integration.ID)
		must(t, err)
		if after.DiagnosedAt == nil || !after.UpdatedAt.Equal(integration.UpdatedAt) {
			t.Errorf("diagnosed at %v, updated at %s; want only the first to change", after.DiagnosedAt, after.UpdatedAt)
		}
	})
}

func TestSaveDiagnosis_queuesASyncWhereAccessIsBack(t *testing.T) {
	for name, tt := range map[string]struct {
		before, now models.OrganizationAccess
		recovered   bool
		paused      bool
		resumed     int
	}{
		"it was fine all along":       {before: models.AccessOK, now: models.AccessOK},
		"access is lost":              {before: models.AccessOK, now: models.AccessSSORequired},
		"access is back":              {before: models.AccessSSORequired, now: models.AccessMember, resumed: 1},
		"the credential is back":      {before: models.AccessOK, now: models.AccessOK, recovered: true, resumed: 1},
		"it is back, but not to read": {before: models.AccessSSORequired, now: models.AccessRefused, recovered: true},
		"while it is paused":          {before: models.AccessSSORequired, now: models.AccessOK, paused: true},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				ctx := t.Context()
				integration := storetest.Integration(t, s, 1)
				must(t, s.SaveOrganizations(ctx, integration.ConnectionID, nil,
					[]models.ConnectionOrganization{{OrganizationID: storetest.OrganizationID, Login: "octo-org", Role: "admin", Access: tt.before}}))
				first, err := s.OpenSyncs(ctx, storetest.OrganizationID)
				must(t, err)
				must(t, s.FinishSync(ctx, first[0].ID, models.SyncCompleted, "", ""))
				if tt.paused {
					_, err := s.PauseIntegration(ctx, integration.ID)
					must(t, err)
				}

				resumed, err := s.SaveDiagnosis(ctx, store.Diagnosis{IntegrationID: integration.ID, ConnectionID: integration.ConnectionID, Recovered: tt.recovered,
					Organizations: []models.ConnectionOrganization{{ConnectionID: integration.ConnectionID, OrganizationID: storetest.OrganizationID, Login: "octo-org",
						Role: "member", Access: tt.now, Code: models.NoPrivateReposVisible, PrivateRepositories: new(3), CheckedAt: storetest.Noon}}})

				must(t, err)
				queued, err := s.OpenSyncs(ctx, storetest.OrganizationID)
				must(t, err)
				if len(resumed) != tt.resumed || len(queued) != tt.resumed {
					t.Errorf("resumed %v with %d syncs, want %d", resumed, len(queued), tt.resumed)
				}
				seen, err := s.ConnectionOrganizations(ctx, integration.ConnectionID)
				must(t, err)
				if o := seen[0]; o.Access != tt.now || o.Role != "member" || *o.PrivateRepositories != 3 || len(o.Limits) != 0 || !o.CheckedAt.Equal(storetest.Noon) {
					t.Errorf("the connection sees %+v", o.ConnectionOrganization)
				}
			})
		})
	}
}

func TestSaveDiagnosis_storesNothingAboutAnotherConnection(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 1)
		other, err := s.CreateConnection(ctx, models.PersonalAccessToken, "ghp_other")
		must(t, err)
		rows := []models.Diagnostic{{Name: "credential", Severity: models.SeverityOK}}
		for _, tt := range []struct {
			integration, connection string
			want                    error
		}{
			{integration.ID, other.ID, store.ErrReplaced},
			{integration.ID, "gone", store.ErrNotFound},
			{"gone", integration.ConnectionID, store.ErrNotFound},
		} {
			_, err := s.SaveDiagnosis(ctx, store.Diagnosis{IntegrationID: tt.integration, ConnectionID: tt.connection, Rows: rows})
			if !errors.Is(err, tt.want) {
				t.Errorf("SaveDiagnosis = %v, want %v", err, tt.want)
			}
			if err := s.ShowDiagnosis(ctx, store.Diagnosis{IntegrationID: tt.integration, ConnectionID: tt.connection, Rows: rows}); !errors.Is(err, tt.want) {
				t.Errorf("ShowDiagnosis = %v, want %v", err, tt.want)
			}
		}
		if rows := diagnostics(t, s, integration.ID); len(rows) != 0 {
			t.Errorf("%d rows were stored", len(rows))
		}
	})
}

func TestIntegrationsToDiagnose_areThoseNotCheckedForADay(t *testing.T) {
	eachAt(t, func(t *testing.T, s *store.Store, pass func(time.Duration)) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 1)
		due := func(since time.Duration) int {
			found, err := s.IntegrationsToDiagnose(ctx, storetest.Noon.Add(since), 10)
			must(t, err)
			return len(found)
		}
		if now, later := due(0), due(time.Minute); now != 0 || later != 1 {
			t.Errorf("%d are due when it is created and %d afterwards, want 0 and 1", now, later)
		}
		pass(time.Hour)
		_, err := s.SaveDiagnosis(ctx, store.Diagnosis{IntegrationID: integration.ID, ConnectionID: integration.ConnectionID})
		must(t, err)
		if n := due(time.Hour); n != 0 {
			t.Errorf("%d are due at once, want none", n)
		}
		found, err := s.IntegrationsToDiagnose(ctx, storetest.Noon.Add(2*time.Hour), 10)
		must(t, err)
		if len(found) != 1 || found[0].ID != integration.ID {
			t.Errorf("due are %v, want the integration", found)
		}
		if none, err := s.IntegrationsToDiagnose(ctx, storetest.Noon.Add(2*time.Hour), 0); err != nil || len(none) != 0 {
			t.Errorf("of a limit of 0 there are %d, %v", len(none), err)
		}
	})
}

func TestHealth_saysWhatIsWrongWithRepositoriesAndStreams(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 15)
		rows := storetest.Repositories(15)
		rows[13].Empty, rows[13].Probe = true, nil
		rows[14].HasIssues = false
		_, err := s.SaveProbe(ctx, storetest.OrganizationID, rows, storetest.Noon)
		must(t, err)
		for i := range 12 { // more than are named
			must(t, s.LoseRepository(ctx, storetest.RepositoryID+int64(i), models.RepoGone))
		}
		must(t, s.LoseRepository(ctx, storetest.RepositoryID, models.RepoBlocked))
		must(t, s.SoftDeleteRepository(ctx, storetest.RepositoryID+1, time.Now(), "deleted"))
		for i := range 2 {
			for _, kind := range []models.StreamKind{models.StreamIssues, models.StreamPullRequests} {
				claim, err := s.ClaimStream(ctx, storetest.RepositoryID+12+int64(i), kind)
				must(t, err)
				if i == 0 {
					_, err = s.FailStream(ctx, &claim.Stream, models.PermissionMissing, "403: no")
				} else {
					save(t, s, &claim.Stream, models.Page{Next: models.Checkpoint{CompleteThrough: new(storetest.Noon.Add(-time.Hour))}, ReadAt: storetest.Noon})
				}
				must(t, err)
			}
		}

		all, err := s.Health(ctx, integration.ID)

		must(t, err)
		health := all[storetest.OrganizationID]
		if len(all) != 1 || health == nil {
			t.Fatalf("health = %v", all)
		}
		if health.Imported != 14 || health.Sample == nil || health.Sample.ID != storetest.RepositoryID+12 {
			t.Errorf("%d are imported, the sample is %+v", health.Imported, health.Sample)
		}
		if len(health.Gaps) != 3 || health.Gaps[0].Subject != store.GapRepositories || health.Gaps[2].Subject != store.GapStreams {
			t.Fatalf("gaps = %+v", health.Gaps)
		}
		if blocked := health.Gaps[0]; blocked.Code != models.RepoBlocked || blocked.Count != 1 || !slices.Equal(blocked.Names, []string{"octo-org/repo-1"}) {
			t.Errorf("blocked = %+v", blocked)
		}
		if gone := health.Gaps[1]; gone.Code != models.RepoGone || gone.Count != 10 || len(gone.Names) != 10 || gone.Names[0] != "octo-org/repo-10" {
			t.Errorf("gone = %+v", gone)
		}
		if health.Empty.Count != 1 || health.IssuesDisabled.Count != 1 || health.IssuesDisabled.Names[0] != "octo-org/repo-15" {
			t.Errorf("empty %+v, without issues %+v", health.Empty, health.IssuesDisabled)
		}
		want := store.Affected{Code: models.PermissionMissing, Count: 2, Repositories: 1, Names: []string{"octo-org/repo-13"}, Example: "403: no"}
		if failing := health.Gaps[2].Affected; fmt.Sprint(failing) != fmt.Sprint(want) {
			t.Errorf("failing = %+v, want %+v", failing, want)
		}
		if behind := health.Behind; health.Unfinished != 2 || behind == nil || behind.Repository != "octo-org/repo-14" || !behind.CompleteThrough.Equal(storetest.Noon.Add(-time.Hour)) {
			t.Errorf("%d are unfinished, furthest behind is %+v", health.Unfinished, health.Behind)
		}
	})
}

func TestCheckSecrets_opensEachOrSaysWhyNot(t *testing.T) {
	for name, url := range databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := url(t)
			s := storetest.Open(t, at)
			integration := storetest.Integration(t, s, 1)
			check := func(s *store.Store, want store.Secrets, cause error) {
				t.Helper()
				got, err := s.CheckSecrets(t.Context())
				must(t, err)
				if got != want || !errors.Is(got.Err(), cause) {
					t.Errorf("secrets = %+v, %v; want %+v, %v", got, got.Err(), want, cause)
				}
			}
			check(s, store.Secrets{Opened: 1}, nil)

			keys, err := store.NewKeyring(make([]byte, 32))
			must(t, err)
			other, err := store.Open(t.Context(), store.Config{URL: at, Keys: keys})
			must(t, err)
			defer other.Close()
			check(other, store.Secrets{Unknown: 1}, store.ErrUnknownKey)
			_, err = other.CreateConnection(t.Context(), models.PersonalAccessToken, "ghp_other")
			must(t, err)
			check(s, store.Secrets{Opened: 1, Unknown: 1}, store.ErrUnknownKey)

			// A secret is its row's: moved to another it opens nothing.
			storetest.Exec(t, at, "UPDATE connections SET credential = (SELECT credential FROM connections WHERE id = '"+integration.ConnectionID+"')")
			check(s, store.Secrets{Opened: 1, Damaged: 1}, store.ErrDamaged)
		})
	}
}

func TestForgetSecrets_forgetsWhatNoKeyOpens(t *testing.T) {
	for name, url := range databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := url(t)
			s := storetest.Open(t, at)
			integration := storetest.Integration(t, s, 1)
			_, err := s.BeginAuthorization(t.Context(), store.NewAuthorization{Method: models.OAuth, Mode: models.AuthorizePopup, StateHash: "state", BrowserHash: "browser", Verifier: "verifier"})
			must(t, err)
			if n, err := s.ForgetSecrets(t.Context()); err != nil || n != 0 {
				t.Errorf("of those that can be opened %d are forgotten, %v", n, err)
			}

			keys, err := store.NewKeyring(make([]byte, 32))
			must(t, err)
			other, err := store.Open(t.Context(), store.Config{URL: at, Keys: keys})
			must(t, err)
			defer other.Close()
			kept, err := other.CreateConnection(t.Context(), models.PersonalAccessToken, "ghp_other")
			must(t, err)
			if n, err := other.ForgetSecrets(t.Context()); err != nil || n != 2 {
				t.Errorf("forgot %d, %v; want the credential and the verifier", n, err)
			}

			found, err := other.CheckSecrets(t.Context())
			must(t, err)
			if found != (store.Secrets{Opened: 1}) {
				t.Errorf("afterwards there are %+v", found)
			}
			if secret, _, err := other.Credential(t.Context(), kept.ID); err != nil || secret != "ghp_other" {
				t.Errorf("the one that can be opened is gone: %v", err)
			}
			if c, err := other.Connection(t.Context(), integration.ConnectionID); err != nil || c.Health != models.CredentialInvalid || c.State != models.ConnectionAuthorized {
				t.Errorf("the connection is %s and %s, %v; want it there without a credential", c.State, c.Health, err)
			}
			if _, _, err := other.ReturnFromGitHub(t.Context(), "state", "browser", "code"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("who was sent to GitHub may come back without a verifier: %v", err)
			}
		})
	}
}
