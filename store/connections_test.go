package store_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

const token = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"

func TestCredential_isSealedInTheDatabase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		first, err := s.CreateConnection(ctx, models.PersonalAccessToken, token)
		must(t, err)
		second, err := s.CreateConnection(ctx, models.PersonalAccessToken, "other")
		must(t, err)
		secret, c, err := s.Credential(ctx, first.ID)
		if err != nil || string(secret) != token || c.State != models.ConnectionPending {
			t.Errorf("Credential = %q, %+v, %v", string(secret), c, err)
		}
		shown, err := s.Connection(ctx, first.ID)
		must(t, err)
		if first.Credential+c.Credential+shown.Credential != "" {
			t.Error("a connection that is returned holds its credential")
		}
		var sealed string
		must(t, s.DB().Model(&models.Connection{}).Where("id = ?", first.ID).Pluck("credential", &sealed).Error)
		if !strings.HasPrefix(sealed, "v1.") || strings.Contains(sealed, token) {
			t.Errorf("stored as %q", sealed)
		}
		must(t, s.DB().Exec("UPDATE connections SET credential = ? WHERE id = ?", sealed, second.ID).Error)
		if _, _, err := s.Credential(ctx, second.ID); err == nil {
			t.Error("a sealed credential can be opened from another row")
		}
	})
}

func TestRotateSecrets_sealsWithTheFirstKey(t *testing.T) {
	oldKey, newKey := bytes.Repeat([]byte("o"), 32), bytes.Repeat([]byte("n"), 32)
	for name, url := range databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, address := t.Context(), url(t)
			with := func(keys ...[]byte) *store.Store {
				ring, err := store.NewKeyring(keys...)
				must(t, err)
				s, err := store.Open(ctx, store.Config{URL: address, Keys: ring})
				must(t, err)
				t.Cleanup(func() { s.Close() })
				return s
			}
			before := with(oldKey)
			c, err := before.CreateConnection(ctx, models.OAuth, token)
			must(t, err)
			away := begin(t, before)
			_, _, err = before.ReturnFromGitHub(ctx, state, browser, "the code")
			must(t, err)
			for _, installation := range []int64{42, 43} { // the second has no token yet
				_, err := before.LeaseInstallationToken(ctx, installation, time.Minute)
				must(t, err)
			}
			must(t, before.SaveInstallationToken(ctx, 42, "ghs_x", storetest.Noon))
			beginApp(t, before, "another state")
			setup, err := before.ReturnWithManifestCode(ctx, "another state", browser, "the code of another manifest")
			must(t, err)
			register(t, before)
			if n, err := before.RotateSecrets(ctx); n != 0 || err != nil {
				t.Errorf("with the same key: %d, %v", n, err)
			}
			if _, err := with(newKey).RotateSecrets(ctx); !errors.Is(err, store.ErrUnknownKey) {
				t.Errorf("without the old key: %v, want ErrUnknownKey", err)
			}
			if n, err := with(newKey, oldKey).RotateSecrets(ctx); n != 8 || err != nil {
				t.Errorf("with both keys: %d, %v, want 8", n, err)
			}
			if secret, _, err := with(newKey).Credential(ctx, c.ID); string(secret) != token || err != nil {
				t.Errorf("with the new key: %q, %v", string(secret), err)
			}
			if code, verifier, err := with(newKey).AuthorizationSecrets(ctx, away.ID); string(code) != "the code" || string(verifier) != "the verifier" || err != nil {
				t.Errorf("with the new key: %q, %q, %v", string(code), string(verifier), err)
			}
			if shared, _, err := with(newKey).InstallationToken(ctx, 42); string(shared) != "ghs_x" || err != nil {
				t.Errorf("with the new key: %q, %v", string(shared), err)
			}
			if code, err := with(newKey).ManifestCode(ctx, setup); code != "the code of another manifest" || err != nil {
				t.Errorf("with the new key: %q, %v", string(code), err)
			}
			if app, err := with(newKey).GitHubApp(ctx); app.PrivateKey != "the key" || app.ClientSecret != "the client secret" || app.WebhookSecret != "the webhook secret" || err != nil {
				t.Errorf("with the new key: %q, %q, %q, %v", string(app.PrivateKey), string(app.ClientSecret), string(app.WebhookSecret), err)
			}
			if _, _, err := before.Credential(ctx, c.ID); !errors.Is(err, store.ErrUnknownKey) {
				t.Errorf("with the old key: %v, want ErrUnknownKey", err)
			}
			bare, err := store.Open(ctx, store.Config{URL: address})
			must(t, err)
			defer bare.Close()
			if _, err := bare.CreateConnection(ctx, models.OAuth, token); !errors.Is(err, store.ErrNoKeys) {
				t.Errorf("without keys: %v, want ErrNoKeys", err)
			}
		})
	}
}

func TestSecret_neverPrintsItself(t *testing.T) {
	t.Parallel()
	secret := store.Secret(token)
	holder := struct{ Token store.Secret }{secret}
	encoded, err := json.Marshal([]any{secret, holder})
	must(t, err)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "token", secret, "holder", holder)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "token", secret, "holder", holder)
	said := string(encoded) + log.String() + fmt.Sprint(secret, holder, &holder, errors.New(secret.String())) +
		fmt.Sprintf("%s %q %v %+v %#v %x %d %s %#v", secret, secret, secret, secret, secret, secret, secret, holder, holder)
	for _, form := range []string{token, fmt.Sprintf("%x", token)} {
		if strings.Contains(said, form) {
			t.Errorf("the secret is in %s", said)
		}
	}
}

func TestParseKeyring_namesTheLineAndNotTheKey(t *testing.T) {
	t.Parallel()
	good := base64.StdEncoding.EncodeToString(make([]byte, 32))
	if _, err := store.ParseKeyring("# new\n\n" + good + "\r\n" + good + "\n"); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"c2hvcnQ=", "not base64 at all"} {
		_, err := store.ParseKeyring(good + "\n" + bad)
		if err == nil || !strings.Contains(err.Error(), "line 2") || strings.Contains(err.Error(), bad) {
			t.Errorf("error for a bad second line: %v", err)
		}
	}
	if _, err := store.ParseKeyring("\n# nothing\n"); !errors.Is(err, store.ErrNoKeys) {
		t.Errorf("no keys: %v, want ErrNoKeys", err)
	}
}

func TestLoadOrCreateKeyFile_makesOneThatOnlyItsOwnerReads(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys")
	_, err := store.LoadOrCreateKeyFile(path)
	must(t, err)
	before, err := os.ReadFile(path)
	must(t, err)
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode = %o, want 600", info.Mode().Perm())
	}
	_, err = store.LoadOrCreateKeyFile(path)
	must(t, err)
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was replaced: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); err != nil || len(left) != 1 {
		t.Errorf("files left behind: %v, %v", left, err)
	}
}

func TestConnections_canBeForgottenUnlessUsed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		used := storetest.Integration(t, s, 1).ConnectionID
		for _, end := range []func() error{func() error { return s.DeleteConnection(ctx, used) }, func() error { return s.EndConnection(ctx, used, models.ConnectionExpired, store.Refusal{}) }} {
			if err := end(); !errors.Is(err, store.ErrInUse) {
				t.Errorf("connection in use: %v, want ErrInUse", err)
			}
		}
		c, err := s.CreateConnection(ctx, models.OAuth, token)
		must(t, err)
		must(t, s.SaveOrganizations(ctx, c.ID, nil, []models.ConnectionOrganization{{OrganizationID: storetest.OrganizationID, Access: models.AccessRefused}}))
		must(t, s.SetConnectionHealth(ctx, c.ID, models.CredentialInvalid))
		must(t, s.EndConnection(ctx, c.ID, models.ConnectionExpired, store.Refusal{}))
		if got, err := s.Connection(ctx, c.ID); err != nil || got.State != models.ConnectionExpired || got.Health != models.CredentialInvalid {
			t.Errorf("expired: %+v, %v", got, err)
		}
		if _, _, err := s.Credential(ctx, c.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("credential of an expired connection: %v, want ErrNotFound", err)
		}
		must(t, s.DeleteConnection(ctx, c.ID))
		if _, err := s.Connection(ctx, c.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("deleted: %v, want ErrNotFound", err)
		}
		if seen, err := s.ConnectionOrganizations(ctx, c.ID); err != nil || len(seen) != 0 {
			t.Errorf("what it saw: %v, %v", seen, err)
		}
		if err := s.SetConnectionHealth(ctx, c.ID, models.CredentialOK); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("health of a deleted connection: %v, want ErrNotFound", err)
		}
	})
}

func TestSaveOrganizations_renamesByID(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 1)
		must(t, s.SaveOrganizations(ctx, integration.ConnectionID,
			[]models.Organization{{ID: storetest.OrganizationID, Login: "renamed"}},
			[]models.ConnectionOrganization{{OrganizationID: storetest.OrganizationID, Login: "renamed", Access: models.AccessSSORequired, Code: models.SSORequired}}))
		o, err := s.Organization(ctx, storetest.OrganizationID)
		if err != nil || o.Login != "renamed" || o.IntegrationID != integration.ID || !o.AutoImport {
			t.Errorf("organization = %+v, %v, want the new name and the old claim", o, err)
		}
		views, err := s.ConnectionOrganizations(ctx, integration.ConnectionID)
		must(t, err)
		if len(views) != 1 || views[0].Login != "renamed" || views[0].Access != models.AccessSSORequired || views[0].IntegrationID != integration.ID || views[0].IntegrationName != "GitHub" {
			t.Errorf("views = %+v", views)
		}
		if err := s.SaveOrganizations(ctx, "unknown", nil, nil); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("unknown connection: %v, want ErrNotFound", err)
		}
	})
}

func TestCreateIntegration_createsNothingWhenItRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		first := storetest.Integration(t, s, 1)
		other, err := s.CreateConnection(ctx, models.OAuth, token)
		must(t, err)
		must(t, s.SaveOrganizations(ctx, other.ID,
			[]models.Organization{{ID: storetest.OrganizationID, Login: "octo-org"}, {ID: 9001, Login: "acme"}},
			[]models.ConnectionOrganization{{OrganizationID: storetest.OrganizationID, Login: "octo-org", Access: models.AccessOK}, {OrganizationID: 9001, Login: "acme", Access: models.AccessOK}}))
		ask := func(connection, name string, autoImport bool, organizations ...int64) error {
			_, err := s.CreateIntegration(ctx, store.NewIntegration{ConnectionID: connection, Name: name, OrganizationIDs: organizations, AutoImport: autoImport})
			return err
		}
		before := rows(t, s, &models.Sync{})
		if err := ask(other.ID, " GITHUB ", true, 9001); !errors.Is(err, store.ErrNameTaken) {
			t.Errorf("name of another connection's: %v, want ErrNameTaken", err)
		}
		if err := ask(other.ID, "second", true, 9001, 404); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("unknown organization: %v, want ErrNotFound", err)
		}
		if err := ask("unknown", "second", true, 9001); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("unknown connection: %v, want ErrNotFound", err)
		}
		claimed := new(store.ClaimedError)
		if err := ask(other.ID, "second", true, 9001, storetest.OrganizationID); !errors.As(err, &claimed) || *claimed != (store.ClaimedError{Login: "octo-org", IntegrationID: first.ID, IntegrationName: "GitHub"}) {
			t.Errorf("claimed organization: %v, want a ClaimedError", err)
		}
		if n := rows(t, s, &models.Integration{}); n != 1 || rows(t, s, &models.Sync{}) != before {
			t.Errorf("%d integrations and %d syncs, want 1 and %d", n, rows(t, s, &models.Sync{}), before)
		}
		if o, err := s.Organization(ctx, 9001); err != nil || o.IntegrationID != "" {
			t.Errorf("organization = %+v, %v, want it unclaimed", o, err)
		}

		must(t, ask(other.ID, "second", false, 9001, 9001))
		if o, err := s.Organization(ctx, 9001); err != nil || o.IntegrationID != "" {
			t.Errorf("without auto-import: %+v, %v, want it unclaimed", o, err)
		}
		watched, err := s.ClaimedOrganizations(ctx)
		must(t, err)
		if len(watched) != 2 || watched[1].ID != 9001 {
			t.Errorf("organizations to look after: %+v, want both: one has a sync queued", watched)
		}
		again, err := s.CreateIntegration(ctx, store.NewIntegration{ConnectionID: first.ConnectionID, Name: "github"})
		if err != nil || again.ID != first.ID || again.Name != "GitHub" {
			t.Errorf("asked again: %+v, %v, want the first", again, err)
		}
	})
}

func TestIntegrationOrganizations_countsRepositories(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 3)
		_, err := s.Select(ctx, integration.ID, []int64{repository}, models.Ignored)
		must(t, err)
		views, err := s.IntegrationOrganizations(ctx, integration.ID)
		must(t, err)
		if len(views) != 1 || views[0].Access != models.AccessOK || views[0].Role != "admin" || views[0].LatestSync == nil {
			t.Fatalf("organizations = %+v", views)
		}
		if diff := cmp.Diff(map[models.Selection]int{models.Imported: 2, models.Ignored: 1}, views[0].Selections); diff != "" {
			t.Error(diff)
		}

		// A new connection that does not see the organization does not lose it.
		c, err := s.CreateConnection(ctx, models.OAuth, token)
		must(t, err)
		_, err = s.ReplaceConnection(ctx, integration.ID, c.ID)
		must(t, err)
		if views, err = s.IntegrationOrganizations(ctx, integration.ID); err != nil || len(views) != 1 || views[0].Access != models.AccessGone {
			t.Errorf("after replacing the connection: %+v, %v", views, err)
		}
		if got, err := s.IntegrationByName(ctx, "gitHUB"); err != nil || got.ConnectionID != c.ID {
			t.Errorf("by name: %+v, %v", got, err)
		}
		if _, err := s.IntegrationOrganizations(ctx, "unknown"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("unknown integration: %v, want ErrNotFound", err)
		}
	})
}

func TestSaveProbe_keepsEverybodysChoice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 3)
		_, err := s.Select(ctx, integration.ID, []int64{repository}, models.Ignored)
		must(t, err)
		must(t, s.DB().Exec("UPDATE repositories SET access_code = 'repo_gone', deleted_at = ?, deleted_reason = 'x' WHERE id = ?", storetest.Noon, repository+1).Error)

		probe := storetest.Repositories(4)
		probe[0].Name, probe[0].FullName = "renamed", "octo-org/renamed"
		later := storetest.Noon.AddDate(0, 0, 1)
		if n, err := s.SaveProbe(ctx, storetest.OrganizationID, probe, later); err != nil || n != 3 {
			t.Errorf("SaveProbe = %d, %v, want 3: one renamed, one back, one new", n, err)
		}
		if n, err := s.SaveProbe(ctx, storetest.OrganizationID, storetest.Repositories(4), storetest.Noon); err != nil || n != 0 {
			t.Errorf("an older answer: %d, %v, want nothing", n, err)
		}
		for i, want := range []struct {
			name      string
			selection models.Selection
		}{{"renamed", models.Ignored}, {"repo-2", models.Imported}, {"repo-3", models.Imported}, {"repo-4", models.Imported}} {
			r, err := s.Repository(ctx, repository+int64(i))
			must(t, err)
			if r.Name != want.name || r.Selection != want.selection || r.AccessCode != "" || r.DeletedAt != nil || !r.ProbedAt.Equal(later) {
				t.Errorf("repository %d = %+v, want %+v", i+1, r, want)
			}
		}
		if _, err := s.SaveProbe(ctx, 404, nil, later); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("unknown organization: %v, want ErrNotFound", err)
		}
	})
}

func TestSelect_claimsTheOrganization(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		first := storetest.Integration(t, s, 2)
		c, err := s.CreateConnection(ctx, models.OAuth, token)
		must(t, err)
		must(t, s.SaveOrganizations(ctx, c.ID,
			[]models.Organization{{ID: storetest.OrganizationID, Login: "octo-org"}, {ID: 9001, Login: "acme"}},
			[]models.ConnectionOrganization{{OrganizationID: storetest.OrganizationID, Access: models.AccessOK}, {OrganizationID: 9001, Access: models.AccessOK}}))
		second, err := s.CreateIntegration(ctx, store.NewIntegration{ConnectionID: c.ID, Name: "second", OrganizationIDs: []int64{9001}})
		must(t, err)
		others := []models.Repository{{ID: 1, FullName: "acme/b_1"}, {ID: 2, FullName: "acme/A"}, {ID: 3, FullName: "acme/bx1"}}
		_, err = s.SaveProbe(ctx, 9001, others, storetest.Noon)
		must(t, err)

		for _, selection := range []models.Selection{models.Imported, models.Ignored} {
			if _, err := s.Select(ctx, second.ID, []int64{1, repository}, selection); !errors.As(err, new(*store.ClaimedError)) {
				t.Errorf("%s of another integration's repository: %v, want a ClaimedError", selection, err)
			}
		}
		for _, id := range []int64{1, 404} {
			if _, err := s.Select(ctx, first.ID, []int64{id}, models.Imported); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("repository %d, which the integration does not see: %v, want ErrNotFound", id, err)
			}
		}
		if n, err := s.Select(ctx, second.ID, []int64{2}, models.Ignored); n != 1 || err != nil {
			t.Errorf("Select = %d, %v", n, err)
		}
		if o, err := s.Organization(ctx, 9001); err != nil || o.IntegrationID != "" {
			t.Errorf("ignoring claimed the organization: %+v, %v", o, err)
		}
		everything := store.Choice{Filter: store.RepositoryFilter{OrganizationID: 9001}}
		if done, err := s.Import(ctx, second.ID, everything); done.Changed != 2 || err != nil {
			t.Errorf("Import = %+v, %v, want the two that nobody decided on", done, err)
		}
		if o, err := s.Organization(ctx, 9001); err != nil || o.IntegrationID != second.ID || o.AutoImport {
			t.Errorf("organization = %+v, %v, want it claimed", o, err)
		}
		if n, err := s.Select(ctx, second.ID, []int64{1, 1, 2}, models.Imported); n != 1 || err != nil {
			t.Errorf("Select = %d, %v, want 1: the other is imported", n, err)
		}

		for limit := 1; limit <= 4; limit++ {
			names := all(t, func(c store.Cursor) (store.List[store.RepositoryView], error) {
				return pageOf(t, s, store.RepositoryFilter{IntegrationID: second.ID, OrganizationID: 9001, Selections: []models.Selection{models.Imported}}, c, limit)
			}, func(r store.RepositoryView) string { return r.FullName })
			if diff := cmp.Diff([]string{"acme/A", "acme/b_1", "acme/bx1"}, names); diff != "" {
				t.Errorf("in pages of %d: %s", limit, diff)
			}
		}
		found, err := s.Repositories(ctx, store.RepositoryFilter{Query: "B_"}, "", 0)
		must(t, err)
		if len(found.Rows) != 1 || found.Rows[0].ID != 1 {
			t.Errorf("found %+v, want acme/b_1", found.Rows)
		}
		if slices.ContainsFunc(found.Rows, func(r store.RepositoryView) bool { return len(r.Streams) != 0 }) {
			t.Error("streams that nobody claimed")
		}
	})
}

func TestLostConnections_areThoseThatNobodyUsesAfterADay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Integration(t, s, 1) // whose connection is used
		unused, err := s.CreateConnection(t.Context(), models.PersonalAccessToken, "a token")
		must(t, err)
		for age, want := range map[time.Duration]int{-time.Minute: 1, time.Hour: 0} {
			lost, err := s.LostConnections(t.Context(), age)
			if err != nil || len(lost) != want || want == 1 && lost[0] != unused.ID {
				t.Errorf("lost for %s are %v, %v; want %d, of which one is %s", age, lost, err, want, unused.ID)
			}
		}
	})
}
