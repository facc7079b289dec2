package behaviours_test

import (
	"net/http"
	"testing"

	"tributary/api"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

// ended waits until no sync of an integration is open and returns the newest one.
func ended(t testing.TB, integrationID string) (newest api.Sync) {
	t.Helper()
	eventually(t, "the syncs have ended", func() bool {
		syncs := get[api.Page[api.Sync]](t, "/integrations/"+integrationID+"/syncs").Items
		for _, s := range syncs {
			if !s.State.Ended() {
				return false
			}
		}
		newest = syncs[0]
		return true
	})
	return newest
}

// F4b: a new token has to be authorized for single sign-on anew, or its organization stops updating.
func Test_L55b_aRefreshedTokenIsComparedAndPausesOnlyWhatItCannotRead(t *testing.T) {
	t.Parallel()
	guarded, open := organization(t, "guarded"), organization(t, "open")
	p := guarded.OwnerBeforeSSO(named(t, "owner"))
	open.AddMember(p.User, "admin")
	guarded.AuthorizeSSO(p.Token)
	i := integrate(t, p.Token, guarded, open)
	synced(t, i.ID)
	before := copyOf(t, sim.Truth(guarded.Login()))
	path := "/integrations/" + i.ID + "/credentials"
	token := sim.IssueToken(p.User, githubsim.Token{Scopes: githubsim.AllScopes})
	refreshed := connect(t, token).ConnectionID

	compared := ask[api.AccessComparison](t, http.MethodPost, path+"/compare", body{"connection_id": refreshed})
	if len(compared.Kept) != 1 || compared.Kept[0].Organization != open.Login() || !compared.SameAccount || compared.Warning != "" {
		t.Errorf("kept would be %+v, want %s alone, with the same account", compared.Kept, open.Login())
	}
	why := refused(t, http.MethodPut, path, body{"connection_id": refreshed})
	if why.Code != models.AccessLost || len(why.Lost) != 1 || why.Lost[0].Organization != guarded.Login() || why.Lost[0].Code != models.SSORequired || why.Lost[0].RemedyURL == "" {
		t.Errorf("without a confirmation: %s, lost %+v; want %s, for single sign-on", why.Code, why.Lost, guarded.Login())
	}

	replaced := ask[api.ReplacedCredentials](t, http.MethodPut, path, body{"connection_id": refreshed, "confirm": true})
	if replaced.DataStatus != models.DataActionRequired || replaced.Cause == nil || replaced.Cause.Code != models.SSORequired {
		t.Errorf("the data is %s (%+v), want action_required for single sign-on", replaced.DataStatus, replaced.Cause)
	}
	ended(t, i.ID)
	addRepository(open, "later", githubsim.RepositorySettings{})
	addRepository(guarded, "later", githubsim.RepositorySettings{})
	ask[api.Items[api.Sync]](t, http.MethodPost, "/integrations/"+i.ID+"/syncs", nil)
	ended(t, i.ID)
	checkCopy(t, open)
	after := copyOf(t, sim.Truth(guarded.Login()))
	if totals(after) != totals(before) || !sameCheckpoints(before, after) {
		t.Errorf("while it is paused %s has %+v, want what there was, %+v, and the same checkpoints", guarded.Login(), totals(after), totals(before))
	}

	guarded.AuthorizeSSO(token)
	refresh(t, i.ID)
	if last := ended(t, i.ID); last.State != models.SyncCompleted {
		t.Errorf("once it is authorized the sync is %s, %+v", last.State, last.Cause)
	}
	checkCopy(t, guarded)
	if got := get[api.Integration](t, "/integrations/"+i.ID); got.DataStatus != models.DataHealthy || got.CompleteThrough == nil {
		t.Errorf("the data is %s, complete through %v, want healthy", got.DataStatus, got.CompleteThrough)
	}
}

func sameCheckpoints(a, b storetest.Copy) bool {
	if len(a.Streams) != len(b.Streams) {
		return false
	}
	for i := range a.Streams {
		if a.Streams[i].Checkpoint.Cursor != b.Streams[i].Checkpoint.Cursor || a.Streams[i].Checkpoint.Head != b.Streams[i].Checkpoint.Head {
			return false
		}
	}
	return true
}

// A different account is no mistake, but somebody should have meant it.
func Test_L55b_anotherAccountIsAWarning(t *testing.T) {
	t.Parallel()
	o := organization(t, "shared")
	first := connect(t, o.Owner(named(t, "first")).Token)
	i := create(t, first.ConnectionID, body{"name": named(t, "shared"), "auto_import": true}, o)
	synced(t, i.ID)
	other := connect(t, o.Owner(named(t, "other")).Token)
	replaced := ask[api.ReplacedCredentials](t, http.MethodPut, "/integrations/"+i.ID+"/credentials", body{"connection_id": other.ConnectionID})
	if c := replaced.Comparison; c.SameAccount || c.Warning == "" || c.LoginAfter != named(t, "other") || len(c.Kept) != 1 {
		t.Errorf("comparison = %+v, want a warning", c)
	}
	synced(t, i.ID)
	checkCopy(t, o)
}

// The token gives way to the GitHub App, in place: nothing is read again or lost.
func Test_L55b_theMethodIsChangedInPlace(t *testing.T) {
	t.Parallel()
	o := organization(t, "moving")
	p := o.Owner(named(t, "mover"))
	i := create(t, connect(t, p.Token).ConnectionID, body{"name": named(t, "moving"), "auto_import": true}, o)
	synced(t, i.ID)
	path := "/integrations/" + i.ID
	if why := refused(t, http.MethodPut, path+"/credentials", body{"connection_id": authorize(t, "app_orgs", p.User).ID}); why.Code != models.AppNotInstalled {
		t.Errorf("before the App is installed: %s, want app_not_installed", why.Code)
	}
	app.Install(o, githubsim.InstallSpec{})
	replaced := ask[api.ReplacedCredentials](t, http.MethodPut, path+"/credentials", body{"connection_id": authorize(t, "app_orgs", p.User).ID})
	if c := replaced.Comparison; c.MethodBefore != models.PersonalAccessToken || c.MethodAfter != models.GitHubApp || len(c.Lost) > 0 {
		t.Errorf("comparison = %+v", c)
	}
	addRepository(o, "later", githubsim.RepositorySettings{Private: true})
	ended(t, i.ID)
	ask[api.Items[api.Sync]](t, http.MethodPost, path+"/syncs", nil)
	if last := ended(t, i.ID); last.State != models.SyncCompleted {
		t.Errorf("through the App the sync is %s, %+v", last.State, last.Cause)
	}
	checkCopy(t, o)
	if got := get[api.ConnectionStatus](t, path+"/connection_status"); got.Method != models.GitHubApp || got.Health != models.CredentialOK || got.Login != o.Login() {
		t.Errorf("the connection is %+v, want the App on %s", got, o.Login())
	}
}
