package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

func beginApp(t *testing.T, s *store.Store, state string) {
	t.Helper()
	must(t, s.BeginAppSetup(t.Context(), store.NewAppSetup{StateHash: state, BrowserHash: browser, CreatedBy: "the id", CreatedByName: "the name"}))
}

func anApp(id int64) store.RegisteredApp {
	return store.RegisteredApp{
		RegisteredApp: models.RegisteredApp{ID: id, Slug: "copy", Name: "Copy", Owner: "acme", HTMLURL: "https://github.com/apps/copy", ClientID: "Iv23li"},
		PrivateKey:    "the key", ClientSecret: "the client secret", WebhookSecret: "the webhook secret",
	}
}

// register takes an App through the whole of its set-up.
func register(t *testing.T, s *store.Store) {
	t.Helper()
	beginApp(t, s, "the state of an App")
	id, err := s.ReturnWithManifestCode(t.Context(), "the state of an App", browser, "the code of a manifest")
	must(t, err)
	must(t, s.FinishAppSetup(t.Context(), id, anApp(7)))
}

func TestAppSetup_turnsACodeIntoAnApp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		beginApp(t, s, state)
		if _, err := s.GitHubApp(ctx); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("before: %v, want ErrNotFound", err)
		}
		id, err := s.ReturnWithManifestCode(ctx, state, browser, "the code of a manifest")
		must(t, err)
		var setup models.AppSetup
		must(t, s.DB().Take(&setup).Error)
		if setup.StateHash != "" || !strings.HasPrefix(setup.Code, "v1.") {
			t.Errorf("stored: %+v", setup)
		}
		if code, err := s.ManifestCode(ctx, id); err != nil || code != "the code of a manifest" {
			t.Errorf("code: %q, %v", string(code), err)
		}
		must(t, s.FinishAppSetup(ctx, id, anApp(7)))
		var row models.RegisteredApp
		must(t, s.DB().Take(&row).Error)
		for _, sealed := range []string{row.PrivateKey, row.ClientSecret, row.WebhookSecret} {
			if !strings.HasPrefix(sealed, "v1.") {
				t.Errorf("stored as %q", sealed)
			}
		}
		app, err := s.GitHubApp(ctx)
		must(t, err)
		want := anApp(7)
		want.CreatedBy, want.CreatedAt = "the name", app.CreatedAt
		if app != want || app.CreatedAt.IsZero() {
			t.Errorf("got %#v, want %#v", app.RegisteredApp, want.RegisteredApp)
		}
		if printed := fmt.Sprintf("%v %+v %#v", app, app, app); strings.Contains(printed, "the key") || strings.Contains(printed, "the client secret") {
			t.Errorf("it prints as %s", printed)
		}
		if _, err := s.ManifestCode(ctx, id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the code afterwards: %v, want ErrNotFound", err)
		}
		if err := s.FinishAppSetup(ctx, id, anApp(8)); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("finished twice: %v, want ErrNotFound", err)
		}
		events, err := s.AuditEvents(ctx, "", 10)
		if err != nil || len(events.Rows) != 1 || events.Rows[0].Actor != "the id" || events.Rows[0].ActorName != "the name" || events.Rows[0].SubjectID != "7" {
			t.Errorf("audit: %+v, %v", events.Rows, err)
		}
		must(t, s.DeleteGitHubApp(ctx))
		if err := s.DeleteGitHubApp(ctx); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("deleted twice: %v, want ErrNotFound", err)
		}
	})
}

func TestAppSetup_takesAStateOnceInItsHourAndFromItsBrowserOnly(t *testing.T) {
	for name, url := range databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := storetest.Noon
			s := storetest.OpenAt(t, url(t), func() time.Time { return now })
			refused := func(what, state, browser string) {
				t.Helper()
				if _, err := s.ReturnWithManifestCode(t.Context(), state, browser, "code"); !errors.Is(err, store.ErrNotFound) {
					t.Errorf("%s: %v, want ErrNotFound", what, err)
				}
			}
			beginApp(t, s, state)
			beginApp(t, s, "late")
			refused("another state", "another", browser)
			refused("no state", "", browser)
			refused("another browser", state, "another")
			_, err := s.ReturnWithManifestCode(t.Context(), state, browser, "code")
			must(t, err)
			refused("the same state again", state, browser)
			now = now.Add(store.AppSetupLife)
			refused("after an hour", "late", browser)
			beginApp(t, s, "next")
			must(t, s.ForgetExpiredAuthorizations(t.Context()))
			var left int64
			must(t, s.DB().Model(&models.AppSetup{}).Count(&left).Error)
			if left != 1 {
				t.Errorf("%d set-ups are left, want the last one", left)
			}
		})
	}
}

func TestFinishAppSetup_keepsOneApp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const at = 6
		var ids []string
		for i := range at {
			name := fmt.Sprint("state ", i)
			beginApp(t, s, name)
			id, err := s.ReturnWithManifestCode(t.Context(), name, browser, "code")
			must(t, err)
			ids = append(ids, id)
		}
		var kept atomic.Int32
		var all sync.WaitGroup
		for i, id := range ids {
			all.Go(func() {
				switch err := s.FinishAppSetup(t.Context(), id, anApp(int64(i+1))); {
				case err == nil:
					kept.Add(1)
				case !errors.Is(err, store.ErrAppExists):
					t.Errorf("%v, want ErrAppExists", err)
				}
			})
		}
		all.Wait()
		if kept.Load() != 1 {
			t.Errorf("%d Apps were kept, want 1", kept.Load())
		}
		if err := s.BeginAppSetup(t.Context(), store.NewAppSetup{StateHash: "more", BrowserHash: browser}); !errors.Is(err, store.ErrAppExists) {
			t.Errorf("one more: %v, want ErrAppExists", err)
		}
	})
}

func TestDeleteGitHubApp_refusesWhileIntegrationsUseIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		register(t, s)
		integration := storetest.Integration(t, s, 1)
		must(t, s.DB().Model(&models.Connection{}).Where("id = ?", integration.ConnectionID).Update("method", models.GitHubApp).Error)
		if err := s.DeleteGitHubApp(t.Context()); !errors.Is(err, store.ErrInUse) {
			t.Errorf("%v, want ErrInUse", err)
		}
		must(t, s.DB().Model(&models.Connection{}).Where("id = ?", integration.ConnectionID).Update("method", models.OAuth).Error)
		must(t, s.DeleteGitHubApp(t.Context()))
	})
}

func TestForgetSecrets_leavesNoAppBehind(t *testing.T) {
	for name, url := range databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := url(t)
			register(t, storetest.Open(t, at))
			keys, err := store.NewKeyring(make([]byte, 32))
			must(t, err)
			other, err := store.Open(t.Context(), store.Config{URL: at, Keys: keys})
			must(t, err)
			defer other.Close()
			if _, err := other.GitHubApp(t.Context()); !errors.Is(err, store.ErrUnknownKey) {
				t.Errorf("with another key: %v, want ErrUnknownKey", err)
			}
			if n, err := other.ForgetSecrets(t.Context()); err != nil || n != 1 {
				t.Errorf("forgot %d, %v", n, err)
			}
			if _, err := other.GitHubApp(t.Context()); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("afterwards: %v, want ErrNotFound", err)
			}
			register(t, other) // takes its place
			if app, err := other.GitHubApp(t.Context()); err != nil || app.PrivateKey != "the key" {
				t.Errorf("another App: %v, %v", app, err)
			}
		})
	}
}
