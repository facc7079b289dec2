package apps_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"tributary/cmd/tributary/apps"
	"tributary/config"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// register stores an App as if somebody had registered it from here.
func register(t *testing.T, db *store.Store, id int64, key string) {
	t.Helper()
	state := fmt.Sprint("state ", id)
	err := db.BeginAppSetup(t.Context(), store.NewAppSetup{StateHash: state, BrowserHash: "browser", CreatedBy: "id", CreatedByName: "name"})
	if err != nil {
		t.Fatal(err)
	}
	setup, err := db.ReturnWithManifestCode(t.Context(), state, "browser", "code")
	if err == nil {
		err = db.FinishAppSetup(t.Context(), setup, store.RegisteredApp{
			RegisteredApp: models.RegisteredApp{ID: id, Slug: fmt.Sprint("copy-", id), ClientID: fmt.Sprint("Iv23-", id)},
			PrivateKey:    store.Secret(key), ClientSecret: "hunter2", WebhookSecret: "of the row",
		})
	}
	if err != nil {
		t.Fatal(err)
	}
}

func wired(t *testing.T, db *store.Store, c config.Config) apps.Apps {
	t.Helper()
	a, err := apps.New(c, db, nil)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestApp_isUsedAtOnceByEveryProcess(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		c := settings()
		c.PublicURL = "https://tributary.example.com"
		processes := []apps.Apps{wired(t, db, c), wired(t, db, c)}
		for _, a := range processes {
			if app := appOf(t, a); app != nil {
				t.Errorf("before: %v", app.Slug)
			}
		}
		register(t, db, 7, privateKey(t))
		for _, a := range processes {
			through, err := a.Activities(db, time.Now).App(t.Context())
			if err != nil || through == nil || through.Users.ClientID() != "Iv23-7" {
				t.Fatalf("a worker acts through %v, %v", through, err)
			}
			app := browserOf(t, a.Methods())
			if app.FromSettings() || app.Registered.ID != 7 || app.Slug != "copy-7" || !slices.Equal(app.WebhookSecrets, []store.Secret{"of the row"}) {
				t.Errorf("the API tells of %+v", app.Registered)
			}
			if again, err := a.Activities(db, time.Now).App(t.Context()); err != nil || again != through {
				t.Errorf("a second look makes another, which knows no tokens: %v", err)
			}
		}
	})
}

// TestApp_isTheNextOneSoonAfterItWasReplaced: whoever remembers one looks again.
func TestApp_isTheNextOneSoonAfterItWasReplaced(t *testing.T) {
	t.Parallel()
	db, key := storetest.New(t), privateKey(t)
	a := wired(t, db, settings())
	register(t, db, 7, key)
	first := appOf(t, a)
	if err := db.DeleteGitHubApp(t.Context()); err != nil {
		t.Fatal(err)
	}
	register(t, db, 8, key)
	deadline := time.Now().Add(time.Minute)
	for appOf(t, a).Slug != "copy-8" {
		if time.Now().After(deadline) {
			t.Fatal("it is still the first one")
		}
		time.Sleep(100 * time.Millisecond)
	}
	if second := appOf(t, a); second == first {
		t.Error("the second acts as the first")
	}
}

func TestApp_ofTheSettingsWins(t *testing.T) {
	t.Parallel()
	db, key := storetest.New(t), privateKey(t)
	register(t, db, 7, key)
	c := settings()
	c.PublicURL, c.AppWebhookSecret = "https://tributary.example.com", "next\nlast"
	app := browserOf(t, wired(t, db, c).Methods())
	if app.Slug != "copy-7" || !slices.Equal(app.WebhookSecrets, []store.Secret{"next", "last"}) {
		t.Errorf("secrets of the settings are not used with the App of the database: %s", app.Slug)
	}
	c.AppID, c.AppPrivateKey, c.AppClientID, c.AppClientSecret, c.AppSlug = "1", key, "Iv23", "hunter2", "of-the-settings"
	if app := browserOf(t, wired(t, db, c).Methods()); app.Slug != "of-the-settings" || !app.FromSettings() {
		t.Errorf("it is %s", app.Slug)
	}
}

func TestApp_whoseSecretsAreOfAnotherKeySaysSo(t *testing.T) {
	t.Parallel()
	url := storetest.SQLiteURL(t)
	register(t, storetest.Open(t, url), 7, privateKey(t))
	keys, err := store.NewKeyring(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	other, err := store.Open(t.Context(), store.Config{URL: url, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	if app, err := wired(t, other, settings()).App(t.Context()); !errors.Is(err, store.ErrUnknownKey) || app != nil {
		t.Errorf("got %v, %v, want ErrUnknownKey", app, err)
	}
}
