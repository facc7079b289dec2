package activities_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"tributary/activities"
	"tributary/activities/synctest"
	"tributary/github"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// throughApp gives the world's integration an installation of a GitHub App in
// place of its token.
func throughApp(t *testing.T, w *world) *githubsim.Installation {
	t.Helper()
	_, installation := installed(t, w.Bench, w.org, w.person, githubsim.AppSpec{Events: []string{"push"}})
	return installation
}

func installed(t *testing.T, b *synctest.Bench, org *githubsim.Organization, person *githubsim.User, spec githubsim.AppSpec) (*githubsim.App, *githubsim.Installation) {
	t.Helper()
	spec.Slug, spec.Permissions = "tributary", map[string]string{"contents": "read", "issues": "read", "pull_requests": "read", "members": "read"}
	app := b.Sim.AddApp(spec)
	installation := app.Install(org, githubsim.InstallSpec{})
	acts := b.Activities
	acts.App = appOf(t, acts, app)
	wizard := verifiedAs(t, acts, models.GitHubApp, app.Authorize(person).Access)
	check(t, acts.PreflightConnection(t.Context(), activities.PreflightConnectionInput{ConnectionID: wizard.ID}))
	_, err := acts.Store.ReplaceConnection(t.Context(), b.Integration.ID, wizard.ID)
	check(t, err)
	b.Integration, err = acts.Store.Integration(t.Context(), b.Integration.ID)
	check(t, err)
	b.Connection, err = acts.Store.Connection(t.Context(), b.Integration.ConnectionID)
	check(t, err)
	return app, installation
}

// appOf is what a worker acts through where this App is set up.
func appOf(t *testing.T, acts *activities.Activities, app *githubsim.App) func(context.Context) (*activities.App, error) {
	t.Helper()
	users, err := acts.GitHub.OAuth(github.OAuthConfig{ClientID: app.ClientID, ClientSecret: app.ClientSecret})
	check(t, err)
	ours := &activities.App{AppCredential: appCredential(t, acts, app), Users: users}
	return func(context.Context) (*activities.App, error) { return ours, nil }
}

func appCredential(t *testing.T, acts *activities.Activities, app *githubsim.App) *github.AppCredential {
	t.Helper()
	credential, err := acts.GitHub.App(github.AppConfig{
		Issuer: fmt.Sprint(app.ID), PrivateKey: app.PrivateKeyPEM(), Slug: app.Slug, Share: activities.SharedTokens{Store: acts.Store},
	})
	check(t, err)
	return credential
}

func TestSync_readsTheSameThroughAnInstallationOfTheApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLiteURL(t))
	w.Sync(t)
	throughApp(t, w)
	w.later(time.Hour)
	w.push(3)
	w.repo.OpenIssue(githubsim.IssueSpec{Author: w.person, Title: "More trouble"}).Comment(githubsim.CommentSpec{Author: w.person, Body: "Oh."})
	w.org.AddRepository("web", githubsim.RepositorySettings{Private: true}).Commit(githubsim.CommitSpec{Author: w.person})
	w.later(time.Hour)

	if sync := w.Sync(t); sync.State != models.SyncCompleted || sync.Error != "" {
		t.Errorf("the sync is %s: %s", sync.State, sync.Error)
	}
	w.Check(t)
}

// An owner of the organization can take repositories from the App at any time.
// That deletes nothing here.
func TestSync_keepsWhatIsTakenFromTheInstallation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLiteURL(t))
	kept := w.org.AddRepository("kept", githubsim.RepositorySettings{Private: true})
	taken := w.org.AddRepository("taken", githubsim.RepositorySettings{Private: true})
	for _, r := range []*githubsim.Repository{kept, taken} {
		r.Commit(githubsim.CommitSpec{Author: w.person})
	}
	installation := throughApp(t, w)
	w.Sync(t)
	w.Check(t)

	installation.Select(kept)
	w.later(time.Hour)
	w.Sync(t)

	got, err := w.Store.Repository(t.Context(), taken.ID)
	check(t, err)
	if got.AccessCode != models.RepoGone || got.DeletedAt != nil || got.Selection != models.Imported {
		t.Errorf("the repository is %q, deleted %v, %s; want repo_gone and everything kept", got.AccessCode, got.DeletedAt, got.Selection)
	}
	installation.Select()
	w.later(time.Hour)
	w.Sync(t)
	w.Check(t)
}

func TestSharedTokens_askForOneTokenHoweverManyWorkersNeedIt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newAppWorld(t)
		w.acts.Store = s
		w.organization("acme", nil)
		installation := w.app.Install(w.AddOrganization("acme"), githubsim.InstallSpec{})
		var workers sync.WaitGroup
		for range 10 { // each with what a process of its own would have
			credential := appCredential(t, w.acts, w.app)
			workers.Go(func() {
				if token, err := credential.InstallationTokens(installation.ID).Token(t.Context()); err != nil || token == "" {
					t.Errorf("no token: %v", err)
				}
			})
		}
		workers.Wait()
		if n := countPosts(w.Requests(), "/access_tokens"); n != 1 {
			t.Errorf("GitHub was asked for %d tokens, want 1", n)
		}
	})
}

// A worker that dies while it asks holds up the others for the time of its
// lease, not for ever.
func TestSharedTokens_goOnWhenTheOneWhoAskedDied(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newAppWorld(t)
		w.acts.Store = s
		installation := w.app.Install(w.organization("acme", nil), githubsim.InstallSpec{})
		if leased, err := s.LeaseInstallationToken(t.Context(), installation.ID, 300*time.Millisecond); err != nil || !leased {
			t.Fatalf("lease: %v, %v", leased, err)
		}
		if leased, err := s.LeaseInstallationToken(t.Context(), installation.ID, time.Minute); err != nil || leased {
			t.Fatalf("a second lease: %v, %v", leased, err)
		}
		if _, err := appCredential(t, w.acts, w.app).InstallationTokens(installation.ID).Token(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
