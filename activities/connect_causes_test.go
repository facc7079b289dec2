package activities_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"tributary/activities"
	"tributary/activities/synctest"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
)

// causeOf is what a person is told of a connection: by a refusal, or by an error
// that is tried again.
func causeOf(t *testing.T, result activities.VerifyConnectionResult, err error) (models.Code, string) {
	t.Helper()
	var caused *temporal.ApplicationError
	var code models.Code
	var detail string
	switch {
	case result.Refusal != nil:
		return result.Refusal.Code, result.Refusal.Detail
	case !errors.As(err, &caused) || caused.Details(&code, &detail) != nil:
		t.Fatalf("no cause: %+v, %v", result, err)
	}
	return code, detail
}

// What a status means depends on what was asked.
func TestVerifyConnection_readsTheCauseFromWhatWasAsked(t *testing.T) {
	t.Parallel()
	lifetime := "`acme` forbids access via a fine-grained personal access tokens if the token's lifetime is greater than 90 days. Please adjust your token's lifetime at the following URL: https://github.com/settings/personal-access-tokens/42"
	page := `<html>Sign in</html>`
	for name, tt := range map[string]struct {
		match        string
		status       int
		body         string
		organization string
		want         models.Code
		url          string
	}{
		"a forgotten /api/v3 (404 of /user)":  {match: "GET /user", status: 404, want: models.GitHubAddressWrong},
		"a website (HTML)":                    {match: "GET /user", status: 200, body: page, want: models.GitHubAddressWrong},
		"a website (HTML, 404)":               {match: "GET /user", status: 404, body: page, want: models.GitHubAddressWrong},
		"404 of memberships":                  {match: "/user/memberships", status: 404, want: models.GitHubRouteMissing},
		"a token of Actions (403 of /user)":   {match: "GET /user", status: 403, body: `{"message":"Resource not accessible by integration"}`, want: models.TokenWithoutAccount},
		"a limited lifetime at first connect": {match: "orgs/acme", status: 403, body: `{"message":"` + lifetime + `"}`, organization: "acme", want: models.TokenLifetime, url: "https://github.com/settings/personal-access-tokens/42"},
		"a token kind that is not allowed":    {match: "orgs/acme", status: 403, body: `{"message":"` + "`acme`" + ` forbids access via a fine-grained personal access tokens."}`, organization: "acme", want: models.FineGrainedForbidden},
		"an organization that is not there":   {match: "orgs/acme", status: 404, organization: "acme", want: models.OrganizationUnknown},
		"an outage":                           {match: "GET /user", status: 502, want: models.GitHubUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := githubsim.New(githubsim.Config{})
			acts := against(t, sim)
			secret := sim.IssueToken(sim.AddUser("mona"), githubsim.Token{Scopes: everyScope})
			connection, err := acts.Store.CreateConnection(t.Context(), models.PersonalAccessToken, store.Secret(secret))
			check(t, err)
			own := strings.NewReplacer("https://github.com/", acts.GitHub.WebURL())
			sim.Fail(githubsim.Fault{Match: tt.match, Kind: githubsim.HTTPStatus, Status: tt.status, Body: own.Replace(tt.body)})

			result, err := synctest.Attempt(t, acts, acts.VerifyConnection, activities.VerifyConnectionInput{ConnectionID: connection.ID, Organization: tt.organization, Only: true})

			code, detail := causeOf(t, result, err)
			if code != tt.want || detail == "" {
				t.Errorf("cause = %s (%q), want %s", code, detail, tt.want)
			}
			if tt.url != "" && (result.Refusal == nil || result.Refusal.URL != own.Replace(tt.url)) {
				t.Errorf("refusal = %+v, want the link %s", result.Refusal, tt.url)
			}
		})
	}
}

func TestVerifyConnection_takesOurOwnFailuresForOurs(t *testing.T) {
	t.Parallel()
	sim := githubsim.New(githubsim.Config{})
	acts := against(t, sim)
	connection, err := acts.Store.CreateConnection(t.Context(), models.PersonalAccessToken, "ghp_x")
	check(t, err)
	check(t, acts.Store.Close())
	result, err := synctest.Attempt(t, acts, acts.VerifyConnection, activities.VerifyConnectionInput{ConnectionID: connection.ID})
	if code, _ := causeOf(t, result, err); code != models.InternalError {
		t.Errorf("a database that is closed is called %s", code)
	}
}

func TestVerifyConnection_saysUntilWhenALimitHoldsAndAsksNoMore(t *testing.T) {
	t.Parallel()
	sim := githubsim.New(githubsim.Config{})
	acts := against(t, sim)
	secret := sim.IssueToken(sim.AddUser("mona"), githubsim.Token{Scopes: everyScope})
	connection, err := acts.Store.CreateConnection(t.Context(), models.PersonalAccessToken, store.Secret(secret))
	check(t, err)
	sim.Fail(githubsim.Fault{Kind: githubsim.PrimaryLimit, For: time.Hour, Times: 1})

	result, err := synctest.Attempt(t, acts, acts.VerifyConnection, activities.VerifyConnectionInput{ConnectionID: connection.ID})

	check(t, err)
	if left := time.Until(result.LimitedUntil); left < 50*time.Minute || left > 70*time.Minute || result.Refusal != nil {
		t.Errorf("it waits for %s, %+v; want an hour", left, result.Refusal)
	}
	waits, err := acts.Store.Connection(t.Context(), connection.ID)
	check(t, err)
	if waits.State != models.ConnectionPending || waits.RefusalCode != models.RateLimited || waits.WaitingUntil == nil || waits.WaitingUntil.Sub(result.LimitedUntil).Abs() > time.Second {
		t.Errorf("the row says %s, %s until %v", waits.State, waits.RefusalCode, waits.WaitingUntil)
	}
	if n := len(sim.Requests()); n != 1 {
		t.Errorf("%d requests, want the one that met the limit", n)
	}
}

func TestVerifyConnection_asksAboutTheNamedOrganizationOnly(t *testing.T) {
	t.Parallel()
	sim := githubsim.New(githubsim.Config{})
	account := sim.AddUser("mona")
	for i := range 137 {
		sim.AddOrganization(fmt.Sprintf("org-%03d", i)).AddMember(account, "admin")
	}
	foreign := sim.AddOrganization("foreign")
	foreign.AddRepository("public")
	acts := against(t, sim)
	for login, want := range map[string]models.OrganizationAccess{"org-042": models.AccessOK, "foreign": models.AccessMember} {
		secret := sim.IssueToken(account, githubsim.Token{Scopes: everyScope})
		connection, err := acts.Store.CreateConnection(t.Context(), models.PersonalAccessToken, store.Secret(secret))
		check(t, err)
		sim.ResetRequests()
		_, err = acts.VerifyConnection(t.Context(), activities.VerifyConnectionInput{ConnectionID: connection.ID, Organization: login, Only: true})
		check(t, err)
		check(t, acts.PreflightConnection(t.Context(), activities.PreflightConnectionInput{ConnectionID: connection.ID}))
		all := seen(t, acts, connection.ID)
		if len(all) != 1 || all[login].Access != want {
			t.Errorf("%s: seen are %+v", login, all)
		}
		if n := len(sim.Requests()); n > 4 {
			t.Errorf("%s: %d requests, want 4 at most", login, n)
		}
	}
}

func TestPreflightConnection_keepsWhatItHasLearned(t *testing.T) {
	t.Parallel()
	sim := githubsim.New(githubsim.Config{})
	account := sim.AddUser("mona")
	for i := range 30 {
		sim.AddOrganization(fmt.Sprintf("org-%03d", i)).AddMember(account, "admin")
	}
	broken := sim.AddOrganization("broken")
	broken.AddMember(account, "admin")
	acts := against(t, sim)
	connection := verifiedAs(t, acts, models.PersonalAccessToken, sim.IssueToken(account, githubsim.Token{Scopes: everyScope}))
	sim.Fail(githubsim.Fault{Match: fmt.Sprintf("/organizations/%d/", broken.ID), Kind: githubsim.HTTPStatus, Status: 502, Times: 1})
	in := activities.PreflightConnectionInput{ConnectionID: connection.ID, Since: time.Now()}
	check(t, acts.PreflightConnection(t.Context(), in))
	if left := seen(t, acts, connection.ID)["broken"]; left.Access != models.AccessChecking || left.Code != models.GitHubUnavailable {
		t.Errorf("the one that GitHub failed at is %s, %s", left.Access, left.Code)
	}
	sim.ResetRequests()

	check(t, acts.PreflightConnection(t.Context(), in))

	if n := len(sim.Requests()); n != 1 {
		t.Errorf("%d requests when it is tried again, want the one that is left", n)
	}
	if all := seen(t, acts, connection.ID); all["broken"].Access != models.AccessOK || all["org-007"].Access != models.AccessOK {
		t.Errorf("broken is %s, another %s", all["broken"].Access, all["org-007"].Access)
	}
}

// What keeps GitHub from being asked at all is said of each organization, and when
// somebody wants to create something of it.
func TestPreflightConnection_saysThatTheAppsKeyIsWrong(t *testing.T) {
	t.Parallel()
	w := newAppWorld(t)
	id := w.organization("acme", &githubsim.InstallSpec{}).ID
	connection := verifiedAs(t, w.acts, models.GitHubApp, w.app.Authorize(w.account).Access)
	w.app.RotateKey()
	if err := synctest.Do(t, w.acts, w.acts.PreflightConnection, activities.PreflightConnectionInput{ConnectionID: connection.ID}); err == nil {
		t.Error("a wrong key passes for an answer")
	}
	created, err := w.acts.CreateIntegrations(t.Context(), activities.CreateIntegrationsInput{ConnectionID: connection.ID, OrganizationIDs: []int64{id}})
	check(t, err)
	if created.Refusal == nil || created.Refusal.Code != models.AppCredentialInvalid {
		t.Errorf("creating is refused with %+v", created.Refusal)
	}
	fresh, err := w.acts.Store.CreateConnection(t.Context(), models.GitHubApp, store.Secret(w.app.Authorize(w.account).Access))
	check(t, err)
	result, err := synctest.Attempt(t, w.acts, w.acts.VerifyConnection, activities.VerifyConnectionInput{ConnectionID: fresh.ID})
	if code, _ := causeOf(t, result, err); code != models.AppCredentialInvalid {
		t.Errorf("connecting says %s", code)
	}
}

// A defect of ours, and an organization that nobody was asked about, are no fault of
// GitHub's.
func TestPreflightConnection_takesADefectForOurs(t *testing.T) {
	t.Parallel()
	sim := githubsim.New(githubsim.Config{})
	account, acme := sim.AddUser("mona"), sim.AddOrganization("acme")
	acme.AddMember(account, "admin")
	acts := against(t, sim)
	connection := verifiedAs(t, acts, models.PersonalAccessToken, sim.IssueToken(account, githubsim.Token{Scopes: everyScope}))
	expectOurs := func(when string) {
		t.Helper()
		created, err := acts.CreateIntegrations(t.Context(), activities.CreateIntegrationsInput{ConnectionID: connection.ID, OrganizationIDs: []int64{acme.ID}})
		check(t, err)
		if created.Refusal == nil || created.Refusal.Code != models.InternalError {
			t.Errorf("creating %s is refused with %+v, want internal_error", when, created.Refusal)
		}
	}
	expectOurs("before anybody was asked")

	acts.Now = func() time.Time { panic("index out of range") }
	if err := synctest.Do(t, acts, acts.PreflightConnection, activities.PreflightConnectionInput{ConnectionID: connection.ID}); err == nil {
		t.Error("a defect passes for an answer")
	}

	if o := seen(t, acts, connection.ID)["acme"]; o.Access != models.AccessChecking || o.Code != models.InternalError {
		t.Errorf("the organization is %s because of %q, want internal_error", o.Access, o.Code)
	}
	expectOurs("after a defect")
}
