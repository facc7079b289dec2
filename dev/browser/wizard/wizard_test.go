package wizard_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"tributary/api"
	"tributary/githubsim"
)

func TestWizard_token(t *testing.T) {
	open, guarded := sim.AddGoldenOrganization("token-open"), sim.AddGoldenOrganization("token-guarded")
	p := guarded.OwnerBeforeSSO("token-owner")
	open.AddMember(p.User, "admin")
	revoked := open.Owner("token-gone").Token
	sim.RevokeToken(revoked)
	play(t, "token.steps.ts", stage{
		"world": func() any {
			return map[string]string{
				"token": p.Token, "login": p.User.Login(), "open": open.Login(), "guarded": guarded.Login(),
				"limited": open.OwnerWithout("read:org", "token-limited").Token, "revoked": revoked,
			}
		},
		"authorizeSSO": func() any { guarded.AuthorizeSSO(p.Token); return nil },
		"integrations": func() any { return integrations(t) },
	})
}

func TestWizard_oauth(t *testing.T) {
	open, restricted, owned := sim.AddGoldenOrganization("oauth-open"), sim.AddGoldenOrganization("oauth-restricted"), sim.AddGoldenOrganization("oauth-owned")
	person, other := open.Owner("oauth-robot").User, open.Owner("oauth-somebody").User
	restricted.AddMember(person, "member")
	restricted.RestrictOAuthApps()
	owned.AddMember(person, "admin")
	owned.RestrictOAuthApps()
	play(t, "oauth.steps.ts", stage{
		"world": func() any {
			return map[string]string{
				"login": person.Login(), "other": other.Login(), "open": open.Login(), "restricted": restricted.Login(), "owned": owned.Login(),
			}
		},
		"approve":      func() any { owned.ApproveOAuthApp(oauthApp); return nil },
		"integrations": func() any { return integrations(t) },
	})
}

func TestWizard_app(t *testing.T) {
	person := sim.AddUser("app-robot")
	w := sim.AddInstallations("app", app, person)
	another, raced := sim.AddGoldenOrganization("app-another"), sim.AddGoldenOrganization("app-raced")
	for _, o := range []*githubsim.Organization{another, raced} {
		o.AddMember(person, "member")
		app.Install(o, githubsim.InstallSpec{})
	}
	play(t, "app.steps.ts", stage{
		"world": func() any {
			return map[string]any{
				"login": person.Login(), "installed": []string{w.Installed.Login(), another.Login()}, "suspended": w.Suspended.Login(),
				"raced": raced.Login(), "others": []string{w.Pending.Login(), w.Selected.Login()}, "later": w.Without.Login(),
			}
		},
		"install": func() any { app.Install(w.Without, githubsim.InstallSpec{}); return nil },
		"race": func() any {
			test := post[api.TokenTest](t, "/connections/github/token/test", map[string]any{"token": raced.Owner("app-rival").Token})
			return post[api.CreatedIntegrations](t, "/integrations", map[string]any{
				"connection_id": test.ConnectionID, "name": "Rival", "organizations": []int64{raced.ID}, "auto_import": true,
			})
		},
		"nobody":       func() any { return map[string]string{"login": sim.AddUser("app-nobody").Login()} },
		"integrations": func() any { return integrations(t) },
	})
}

func TestWizard_keyboard(t *testing.T) {
	p := sim.AddGoldenOrganization("keyboard").Owner("keyboard-owner")
	play(t, "keyboard.steps.ts", stage{
		"world":        func() any { return map[string]string{"token": p.Token, "login": p.User.Login()} },
		"integrations": func() any { return integrations(t) },
	})
}

// made is what a script compares of an integration.
type made struct {
	Name          string   `json:"name"`
	Organizations []string `json:"organizations"`
	Tickets       bool     `json:"tickets"`
	AutoImport    bool     `json:"autoImport"`
}

func integrations(t *testing.T) []made {
	all := []made{}
	for _, i := range get[api.IntegrationPage](t, "/integrations").Items {
		m := made{Name: i.Name, Tickets: i.Services.Tickets}
		for _, o := range i.Organizations { // those that were chosen
			m.Organizations = append(m.Organizations, o.Login)
		}
		for _, o := range get[api.Items[api.IntegrationOrganization]](t, "/integrations/"+i.ID+"/organizations").Items {
			m.AutoImport = m.AutoImport || o.AutoImport
		}
		all = append(all, m)
	}
	return all
}

func get[T any](t *testing.T, path string) T { return send[T](t, http.MethodGet, path, nil) }

func post[T any](t *testing.T, path string, body any) T {
	return send[T](t, http.MethodPost, path, body)
}

// send uses the API from a script's action, which must not end the test.
func send[T any](t *testing.T, method, path string, body any) (into T) {
	text, err := json.Marshal(body)
	if err != nil {
		t.Error(err)
		return into
	}
	request, err := http.NewRequestWithContext(t.Context(), method, product.url+"/api/v1"+path, bytes.NewReader(text))
	if err != nil {
		t.Error(err)
		return into
	}
	request.Header.Set("Content-Type", "application/json")
	client := http.Client{Timeout: time.Minute}
	answer, err := client.Do(request)
	if err != nil {
		t.Error(err)
		return into
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&into); err != nil || answer.StatusCode >= http.StatusMultipleChoices {
		t.Errorf("%s %s: %d, %v", method, path, answer.StatusCode, err)
	}
	return into
}
