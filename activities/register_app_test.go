package activities_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"tributary/activities"
	"tributary/github"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// setUp is an admin who is back from GitHub with a code, and the worker that takes over their App.
type setUp struct {
	*githubsim.Sim
	acts *activities.Activities
	url  string // of GitHub
}

func newSetUp(t *testing.T, db *store.Store) *setUp {
	t.Helper()
	sim := githubsim.New(githubsim.Config{})
	sim.SignIn(sim.AddUser("mona"), githubsim.AllowConsent)
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	host, err := github.NewHost(github.Config{APIURL: server.URL, RequestsPerMinute: 1e6})
	check(t, err)
	return &setUp{sim, &activities.Activities{Store: db, GitHub: host}, server.URL}
}

// back confirms an App on GitHub and returns the set-up with its code.
func (s *setUp) back(t *testing.T, name string) (setupID string) {
	t.Helper()
	manifest, err := json.Marshal(map[string]any{"name": name, "url": "https://tributary.example.com", "redirect_url": "https://tributary.example.com/back"})
	check(t, err)
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := browser.PostForm(s.url+"/settings/apps/new", url.Values{"manifest": {string(manifest)}})
	check(t, err)
	answer.Body.Close()
	to, err := answer.Location()
	check(t, err)
	check(t, s.acts.Store.BeginAppSetup(t.Context(), store.NewAppSetup{StateHash: name, BrowserHash: "browser"}))
	setupID, err = s.acts.Store.ReturnWithManifestCode(t.Context(), name, "browser", store.Secret(to.Query().Get("code")))
	check(t, err)
	return setupID
}

func (s *setUp) take(t *testing.T, setupID string) activities.RegisterAppResult {
	t.Helper()
	result, err := s.acts.RegisterApp(t.Context(), activities.RegisterAppInput{SetupID: setupID})
	check(t, err)
	return result
}

func (s *setUp) conversions() int {
	n := 0
	for _, r := range s.Requests() {
		if strings.Contains(r.URL, "app-manifests") {
			n++
		}
	}
	return n
}

func TestRegisterApp_takesTheAppOverAndMayRunTwice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		s := newSetUp(t, db)
		id := s.back(t, "Ours")
		for range 2 {
			if result := s.take(t, id); result.Refusal != nil {
				t.Errorf("refused: %+v", result.Refusal)
			}
		}
		app, err := db.GitHubApp(t.Context())
		check(t, err)
		if registered := s.App("ours"); app.ID != registered.ID || string(app.PrivateKey) != string(registered.PrivateKeyPEM()) || app.Owner != "mona" {
			t.Errorf("it is another App: %v", app.Slug)
		}
		if n := s.conversions(); n != 1 {
			t.Errorf("GitHub was asked %d times, want once", n)
		}
	})
}

func TestRegisterApp_registersNoSecondOne(t *testing.T) {
	t.Parallel()
	s := newSetUp(t, storetest.New(t))
	first, second := s.back(t, "First"), s.back(t, "Second")
	s.take(t, first)
	registered := s.App("first")
	s.acts.App = appOf(t, s.acts, registered)
	if result := s.take(t, second); result.Refusal == nil || result.Refusal.Code != models.GitHubAppExists {
		t.Errorf("result %+v, want github_app_exists", result)
	}
	if n := s.conversions(); n != 1 || s.App("second") != nil {
		t.Errorf("GitHub was asked %d times", n)
	}
	if _, err := s.acts.Store.ManifestCode(t.Context(), second); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the code is still there: %v", err)
	}
}

func TestRegisterApp_saysWhyThereIsNone(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault githubsim.Fault
		code  models.Code // of the refusal; empty for an error that another attempt may get over
	}{
		"an old code": {githubsim.Fault{Kind: githubsim.HTTPStatus, Status: 404, Body: `{"message": "Not Found"}`}, models.AppSetupExpired},
		"a limit":     {githubsim.Fault{Kind: githubsim.SecondaryLimit, Status: 429, For: 3600e9, RetryAfter: true}, models.SecondaryLimited},
		"an outage":   {githubsim.Fault{Kind: githubsim.HTTPStatus, Status: 502}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSetUp(t, storetest.New(t))
			id := s.back(t, "Ours")
			tt.fault.Match = "app-manifests"
			withdraw := s.Fail(tt.fault)
			result, err := s.acts.RegisterApp(t.Context(), activities.RegisterAppInput{SetupID: id})
			if tt.code == "" {
				code, codeErr := s.acts.Store.ManifestCode(t.Context(), id)
				check(t, codeErr)
				if err == nil || strings.Contains(fmt.Sprintf("%v %+v", err, err), string(code)) {
					t.Fatalf("got %+v, %v; want an error without the code", result, err)
				}
				withdraw()
				if result := s.take(t, id); result.Refusal != nil {
					t.Errorf("the next attempt: %+v", result.Refusal)
				}
				return
			}
			if err != nil || result.Refusal == nil || result.Refusal.Code != tt.code {
				t.Fatalf("got %+v, %v, want %s", result.Refusal, err, tt.code)
			}
			if result := s.take(t, id); result.Refusal == nil || result.Refusal.Code != models.AppSetupExpired {
				t.Errorf("once more: %+v, want that it has come to an end", result.Refusal)
			}
		})
	}
}
