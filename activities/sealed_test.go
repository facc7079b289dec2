package activities_test

import (
	"context"
	"errors"
	"testing"

	"go.temporal.io/sdk/testsuite"

	"tributary/activities"
	"tributary/activities/synctest"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// withAnotherKey is a worker of the same database whose keys open nothing there.
func withAnotherKey(t *testing.T, url string) *store.Store {
	t.Helper()
	wrong, err := store.Open(t.Context(), store.Config{URL: url, Keys: anotherKeyring(t)})
	check(t, err)
	t.Cleanup(func() { _ = wrong.Close() })
	return wrong
}

// damage changes every sealed credential.
func damage(t *testing.T, url string) {
	t.Helper()
	if n := storetest.Exec(t, url, "UPDATE connections SET credential = credential || 'A' WHERE credential <> ''"); n == 0 {
		t.Fatal("there is no credential to damage")
	}
}

// firstAttempt runs an activity as the first of several attempts.
func firstAttempt[In any](a *activities.Activities, run func(context.Context, In) error, in In) error {
	var suite testsuite.WorkflowTestSuite
	worker := suite.NewTestActivityEnvironment()
	attempt := func(ctx context.Context, in In) (any, error) {
		return a.Attempt(ctx, in, func() (any, error) { return nil, run(ctx, in) })
	}
	worker.RegisterActivity(attempt)
	_, err := worker.ExecuteActivity(attempt, in)
	return err
}

// TestSealed_isNeverTakenForGitHub: what cannot open a credential says so,
// whatever was asked for, and asks GitHub nothing.
func TestSealed_isNeverTakenForGitHub(t *testing.T) {
	t.Parallel()
	for want, spoil := range map[models.Code]func(*testing.T, *activities.Activities, string){
		models.SecretKeyUnknown: func(t *testing.T, acts *activities.Activities, url string) { acts.Store = withAnotherKey(t, url) },
		models.SecretDamaged:    func(t *testing.T, _ *activities.Activities, url string) { damage(t, url) },
	} {
		t.Run(string(want), func(t *testing.T) {
			t.Parallel()
			sim := githubsim.New(githubsim.Config{})
			account := sim.AddUser("mona")
			organization := sim.AddOrganization("acme")
			organization.AddMember(account, "admin")
			acts, url := against(t, sim), storetest.SQLiteURL(t)
			acts.Store = storetest.Open(t, url)
			connection := verifiedAs(t, acts, models.PersonalAccessToken, sim.IssueToken(account, githubsim.Token{Scopes: everyScope}))
			sim.ResetRequests()
			spoil(t, acts, url)

			result, err := synctest.Attempt(t, acts, acts.VerifyConnection, activities.VerifyConnectionInput{ConnectionID: connection.ID})
			if code, detail := causeOf(t, result, err); code != want || detail == "" {
				t.Errorf("the test of the connection says %s, %q; want %s and why", code, detail, want)
			}
			if err := firstAttempt(acts, acts.PreflightConnection, activities.PreflightConnectionInput{ConnectionID: connection.ID}); err == nil {
				t.Error("the organizations could be asked about")
			}
			if o := seen(t, acts, connection.ID)["acme"]; o.Access != models.AccessChecking || o.Code != want {
				t.Errorf("the organization is %s because of %q, want %s", o.Access, o.Code, want)
			}
			created, err := acts.CreateIntegrations(t.Context(), activities.CreateIntegrationsInput{ConnectionID: connection.ID, Name: "GitHub", Services: models.Services{Repos: true}, OrganizationIDs: []int64{organization.ID}})
			check(t, err)
			if created.Refusal == nil || created.Refusal.Code != want {
				t.Errorf("creating is refused with %+v, want %s", created.Refusal, want)
			}
			if n := len(sim.Requests()); n != 0 {
				t.Errorf("GitHub was asked %d times", n)
			}

			check(t, acts.ForgetConnection(t.Context(), activities.ForgetConnectionInput{ConnectionID: connection.ID}))
			if _, err := acts.Store.Connection(t.Context(), connection.ID); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("the connection cannot be forgotten: %v", err)
			}
		})
	}
}
