package activities_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/temporal"

	"tributary/activities"
	"tributary/activities/synctest"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// access is what the world's connection may read of its organization.
func (w *world) access(t *testing.T) models.ConnectionOrganization {
	t.Helper()
	return seen(t, w.Activities, w.Connection.ID)[w.org.Login()]
}

// expectStatus fails the test unless the integration's data is in this status.
func (w *world) expectStatus(t *testing.T, want models.DataStatus, code models.Code) {
	t.Helper()
	got, err := w.Store.IntegrationStatus(t.Context(), w.Integration.ID)
	check(t, err)
	if got.Status != want || got.Code != code {
		t.Errorf("the data is %s (%q), want %s (%q)", got.Status, got.Code, want, code)
	}
}

// refusedSync is a sync that GitHub refuses as a whole: it costs one request.
func (w *world) refusedSync(t *testing.T, code models.Code) {
	t.Helper()
	before := len(w.Sim.Requests())
	ended, err := w.TrySync(t)
	if err == nil || ended.State != models.SyncFailed || ended.Code != code {
		t.Errorf("the sync is %s (%q), want failed with %s", ended.State, ended.Code, code)
	}
	want := 1
	if code == models.TokenInvalid {
		want = 2 // no token is condemned before it is refused twice
	}
	if sent := len(w.Sim.Requests()) - before; sent != want {
		t.Errorf("the refused sync took %d requests, want %d", sent, want)
	}
}

// interrupted is a world whose first sync was cut off within a list.
func interrupted(t *testing.T, url string) *world {
	t.Helper()
	w := newWorld(t, url)
	w.openIssues(250)
	w.later(time.Hour)
	w.Sim.Fail(githubsim.Fault{Match: "/issues?", After: 1, Times: 2, Kind: githubsim.HTTPStatus})
	if ended := w.Sync(t); ended.State != models.SyncPartial {
		t.Fatalf("the first sync is %s, want partial", ended.State)
	}
	return w
}

// Test_L55b_F4b_aTokenThatIsNotAuthorizedPausesItsOrganizationAndKeepsEverything
// rotates a token: the new one has to be authorized for single sign-on anew.
func Test_L55b_F4b_aTokenThatIsNotAuthorizedPausesItsOrganizationAndKeepsEverything(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := interrupted(t, url)
		w.org.RequireSSO()
		w.org.AuthorizeSSO(w.Token)
		before := storetest.ReadCopy(t, url)
		former := w.Connection

		w.Reconnect(t, githubsim.ClassicToken)

		compared, err := w.Store.CompareConnections(t.Context(), w.Integration.ID, former.ID)
		check(t, err)
		if len(compared.Gained) != 1 || !compared.SameAccount() {
			t.Errorf("going back would gain %d organizations, want 1 of the same account", len(compared.Gained))
		}
		for range 2 {
			w.refusedSync(t, models.SSORequired)
			w.later(15 * time.Minute)
		}
		if got := w.access(t); got.Access != models.AccessSSORequired || got.Code != models.SSORequired || got.RemedyURL == "" {
			t.Errorf("access = %+v, want sso_required with a link", got)
		}
		w.expectStatus(t, models.DataActionRequired, models.SSORequired)
		if diff := cmp.Diff(before, storetest.ReadCopy(t, url)); diff != "" {
			t.Errorf("what is stored changed (-before +after):\n%.3000s", diff)
		}

		w.push(2)
		w.org.AuthorizeSSO(w.Token)
		if ended := w.Sync(t); ended.State != models.SyncCompleted {
			t.Errorf("once authorized the sync is %s, want completed", ended.State)
		}
		w.Check(t)
		// GitHub had hidden whether the account is an owner.
		if got := w.access(t); got.Access != models.AccessMember || got.Code != "" || got.RemedyURL != "" {
			t.Errorf("access = %+v, want ok_member", got)
		}
		w.expectStatus(t, models.DataHealthy, "")
	})
}

// twoOrganizations is one integration over two organizations, through an OAuth app.
func twoOrganizations(t *testing.T) (acts *activities.Activities, integration string, app *githubsim.OAuthApp, acme, globex *githubsim.Organization) {
	t.Helper()
	sim := githubsim.New(githubsim.Config{})
	app = sim.AddOAuthApp(githubsim.OAuthAppSpec{Name: "tributary", CallbackURL: "http://127.0.0.1/"})
	account := sim.AddUser("mona")
	acts = against(t, sim)
	var ids []int64
	for _, login := range []string{"acme", "globex"} {
		o := sim.AddOrganization(login)
		o.AddMember(account, "admin")
		o.AddRepository("api", githubsim.RepositorySettings{Private: true})
		ids = append(ids, o.ID)
	}
	c := verifiedAs(t, acts, models.OAuth, app.Authorize(account, everyScope...).Access)
	check(t, acts.PreflightConnection(t.Context(), activities.PreflightConnectionInput{ConnectionID: c.ID}))
	created, err := acts.CreateIntegrations(t.Context(), activities.CreateIntegrationsInput{
		ConnectionID: c.ID, Name: "both", OrganizationIDs: ids, Services: models.Services{Repos: true}, AutoImport: true,
	})
	check(t, err)
	return acts, created.IntegrationIDs[0], app, sim.Organization("acme"), sim.Organization("globex")
}

// probed runs an organization's sync up to its plan, and ends it.
func probed(t *testing.T, acts *activities.Activities, integration string, o *githubsim.Organization) models.Code {
	t.Helper()
	ctx := t.Context()
	sync, err := acts.Store.QueueSync(ctx, integration, o.ID, models.TriggerManual)
	check(t, err)
	ended := activities.FinishSyncInput{SyncID: sync.ID, State: models.SyncCompleted}
	if err := attempt(t, acts, acts.ProbeOrganization, activities.SyncInput{SyncID: sync.ID}); err != nil {
		ended.State, ended.Code = models.SyncFailed, codeIn(t, err)
	}
	_, err = acts.FinishSync(ctx, ended)
	check(t, err)
	return ended.Code
}

// codeIn is what an activity tells its workflow that went wrong.
func codeIn(t *testing.T, err error) (code models.Code) {
	t.Helper()
	var failure *temporal.ApplicationError
	if !errors.As(err, &failure) || failure.Details(&code) != nil {
		t.Fatalf("%v has no code", err)
	}
	return code
}

// Test_L10b_F5_aRestrictedOrganizationWaitsAndTheOthersGoOn is of the page's line
// 10: an organization may restrict OAuth apps at any time.
func Test_L10b_F5_aRestrictedOrganizationWaitsAndTheOthersGoOn(t *testing.T) {
	t.Parallel()
	acts, integration, app, acme, globex := twoOrganizations(t)
	expect := func(what string, acmes, globexes models.Code, status models.DataStatus) {
		t.Helper()
		if got := [2]models.Code{probed(t, acts, integration, acme), probed(t, acts, integration, globex)}; got != [2]models.Code{acmes, globexes} {
			t.Errorf("%s the syncs end with %q, want %q and %q", what, got, acmes, globexes)
		}
		got, err := acts.Store.IntegrationStatus(t.Context(), integration)
		check(t, err)
		if got.Status != status || got.Code != acmes+globexes {
			t.Errorf("%s the data is %s (%q), want %s", what, got.Status, got.Code, status)
		}
		for _, o := range got.Organizations {
			if refused := o.OrganizationID == acme.ID && acmes != ""; o.Access.Readable() == refused {
				t.Errorf("%s the access to %s is %s", what, o.Login, o.Access)
			}
		}
	}
	expect("at first", "", "", models.DataHealthy)
	acme.RestrictOAuthApps()
	expect("while one is restricted", models.OAuthRestricted, "", models.DataActionRequired)
	kept, err := acts.Store.Repositories(t.Context(), store.RepositoryFilter{OrganizationID: acme.ID}, "", 10)
	check(t, err)
	if len(kept.Rows) != 1 || kept.Rows[0].AccessCode != "" || kept.Rows[0].DeletedAt != nil {
		t.Errorf("repositories = %+v, want the one there is, untouched", kept.Rows)
	}
	acme.ApproveOAuthApp(app)
	expect("once an owner has granted access", "", "", models.DataHealthy)
}

func TestSync_restsWhileItsTokenIsRevokedUntilThatIsReplaced(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		w.Sync(t)
		w.Sim.RevokeToken(w.Token)
		w.later(time.Hour)
		w.push(1)
		w.refusedSync(t, models.TokenInvalid)
		w.expectStatus(t, models.DataFailedIntegration, models.TokenInvalid)

		sent := len(w.Sim.Requests())
		for range 3 {
			w.later(15 * time.Minute)
			if got, err := w.Activities.QueueScheduled(t.Context(), activities.QueueScheduledInput{OrganizationID: w.org.ID}); err != nil || got.Queued {
				t.Errorf("queued = %+v (%v) with a token that GitHub has refused", got, err)
			}
		}
		if again := len(w.Sim.Requests()); again != sent {
			t.Errorf("%d requests came from a refused token", again-sent)
		}

		w.Reconnect(t, githubsim.ClassicToken)
		next, err := w.Store.OpenSyncs(t.Context(), w.org.ID)
		check(t, err)
		if len(next) != 1 || next[0].Trigger != models.TriggerSettings {
			t.Errorf("queued = %+v, want the sync that goes on with the new token", next)
		}
		w.Sync(t)
		w.Check(t)
		w.expectStatus(t, models.DataHealthy, "")
	})
}

func TestSync_pausesWhileTheInstallationIsSuspendedOrGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLiteURL(t))
	installation := throughApp(t, w)
	w.Sync(t)
	w.expectStatus(t, models.DataHealthy, "")
	w.later(time.Hour)
	w.push(1)

	installation.Suspend(nil)
	w.expectRefusal(t, models.AppSuspended, models.AccessAppSuspended)
	installation.Unsuspend()
	w.Sync(t)
	w.Check(t)
	if got := w.access(t); got.Access != models.AccessOK {
		t.Errorf("access = %s, want ok again", got.Access)
	}
	w.later(2 * time.Hour) // its token has ended
	installation.Uninstall()
	w.expectRefusal(t, models.AppNotInstalled, models.AccessAppNotInstalled)
	if c, err := w.Store.Connection(t.Context(), w.Connection.ID); err != nil || c.Health != models.CredentialOK {
		t.Errorf("the connection is %s (%v), want ok: nobody has a token to replace", c.Health, err)
	}
}

// TestSync_endsWhereItsOrganizationBeginsToRefuseIt does not ask for the rest,
// which would be refused as well.
func TestSync_endsWhereItsOrganizationBeginsToRefuseIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLiteURL(t))
	for _, name := range []string{"b", "c", "d", "e"} {
		w.org.AddRepository(name).Commit(githubsim.CommitSpec{Author: w.person})
	}
	synctest.OlderServer(w.Sim)
	w.Sim.Fail(githubsim.Fault{Match: "/commits?", Times: 1, Do: w.org.RequireSSO})

	ended, err := w.TrySync(t)

	if err == nil || ended.State != models.SyncFailed || ended.Code != models.SSORequired {
		t.Errorf("the sync is %s (%q), want failed with sso_required", ended.State, ended.Code)
	}
	refused := 0
	for _, r := range w.Sim.Requests() {
		if r.Status == http.StatusForbidden {
			refused++
		}
	}
	if refused < 1 || refused > 5 {
		t.Errorf("%d requests were refused, want at most one for each repository: those that are on their way", refused)
	}
	if got := w.access(t); got.Access != models.AccessSSORequired || got.RemedyURL == "" {
		t.Errorf("access = %+v, want sso_required with a link", got)
	}
	w.expectStatus(t, models.DataActionRequired, models.SSORequired)
	w.org.AuthorizeSSO(w.Token)
	w.Sync(t)
	w.Check(t)
	w.expectStatus(t, models.DataHealthy, "")
}

func (w *world) expectRefusal(t *testing.T, code models.Code, access models.OrganizationAccess) {
	t.Helper()
	if ended, err := w.TrySync(t); err == nil || ended.Code != code || ended.State != models.SyncFailed {
		t.Errorf("the sync is %s (%q), want failed with %s", ended.State, ended.Code, code)
	}
	if got := w.access(t); got.Access != access || got.Code != code || got.RemedyURL == "" {
		t.Errorf("access = %+v, want %s with a link", got, access)
	}
	w.expectStatus(t, models.DataActionRequired, code)
}

// TestSync_waitsForTheOperator replaces the App's key without telling the
// workers: nothing of a user is wrong, and nothing ends.
func TestSync_waitsForTheOperator(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLiteURL(t))
	throughApp(t, w)
	w.Sync(t)
	w.later(2 * time.Hour)
	right := w.Activities.App
	w.Activities.App = nil
	sync, err := w.Store.QueueSync(t.Context(), w.Integration.ID, w.org.ID, models.TriggerSchedule)
	check(t, err)

	err = attempt(t, w.Activities, w.Activities.ProbeOrganization, activities.SyncInput{SyncID: sync.ID})

	var failure *temporal.ApplicationError
	if !errors.As(err, &failure) || failure.Type() != activities.OperatorNeeded || failure.NonRetryable() || failure.NextRetryDelay() < 5*time.Minute {
		t.Fatalf("err = %v, want one that is tried again in minutes", err)
	}
	if code := codeIn(t, err); code != models.AppCredentialInvalid {
		t.Errorf("code = %s, want app_credential_invalid", code)
	}
	w.expectStatus(t, models.DataFailedIntegration, models.AppCredentialInvalid)
	if got := w.access(t); got.Access != models.AccessOK {
		t.Errorf("access = %s, want ok: the organization is not at fault", got.Access)
	}
	w.Activities.App = right
	check(t, attempt(t, w.Activities, w.Activities.ProbeOrganization, activities.SyncInput{SyncID: sync.ID}))
	w.expectStatus(t, models.DataHealthy, "")
}

// TestVerify_endsOrWaitsAsASyncDoes: the same refusal means the same, whichever
// activity meets it.
func TestVerify_endsOrWaitsAsASyncDoes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		spoil func(*world)
		code  models.Code
		kind  string
		final bool
		stuck models.Code
	}{
		"a wrong App key": {func(w *world) { w.Activities.App = nil }, models.AppCredentialInvalid, activities.OperatorNeeded, false, models.AppCredentialInvalid},
		"a revoked token": {func(w *world) { w.Sim.RevokeToken(w.Token) }, models.TokenInvalid, activities.CredentialInvalid, true, ""},
		"single sign-on":  {func(w *world) { w.org.RequireSSO() }, models.SSORequired, activities.CredentialInvalid, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storetest.SQLiteURL(t))
			if tt.kind == activities.OperatorNeeded {
				throughApp(t, w)
			}
			w.Sync(t)
			tt.spoil(w)
			v, err := w.Store.CreateVerification(t.Context(), w.org.ID, false)
			check(t, err)

			err = attempt(t, w.Activities, w.Activities.VerifyRepositories, activities.VerifyInput{VerificationID: v.ID})

			var failure *temporal.ApplicationError
			if !errors.As(err, &failure) || failure.Type() != tt.kind || failure.NonRetryable() != tt.final || codeIn(t, err) != tt.code {
				t.Errorf("err = %v, want %s with %s", err, tt.kind, tt.code)
			}
			v, err = w.Store.Verification(t.Context(), v.ID)
			check(t, err)
			if v.StuckCode != tt.stuck {
				t.Errorf("the verification says %q, want %q", v.StuckCode, tt.stuck)
			}
		})
	}
}
