package browser_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"tributary/api"
	"tributary/githubsim"
)

func TestWizard_token(t *testing.T) {
	withProduct(t, func(ctx context.Context, p *product) {
		open, guarded := p.sim.AddGoldenOrganization("token-open"), p.sim.AddGoldenOrganization("token-guarded")
		owner := guarded.OwnerBeforeSSO("token-owner")
		open.AddMember(owner.User, "admin")
		revoked := open.Owner("token-gone").Token
		p.sim.RevokeToken(revoked)
		p.play(ctx, t, "wizard-token.e2e.ts", stage{
			"world": func() any {
				return map[string]string{
					"token": owner.Token, "login": owner.User.Login(), "open": open.Login(), "guarded": guarded.Login(),
					"limited": open.OwnerWithout("read:org", "token-limited").Token, "revoked": revoked,
				}
			},
			"authorizeSSO": func() any { guarded.AuthorizeSSO(owner.Token); return nil },
			"integrations": func() any { return integrations(t, p) },
		})
	})
}

func TestWizard_oauth(t *testing.T) {
	withProduct(t, func(ctx context.Context, p *product) {
		open, restricted, owned := p.sim.AddGoldenOrganization("oauth-open"), p.sim.AddGoldenOrganization("oauth-restricted"), p.sim.AddGoldenOrganization("oauth-owned")
		person, other := open.Owner("oauth-robot").User, open.Owner("oauth-somebody").User
		restricted.AddMember(person, "member")
		restricted.RestrictOAuthApps()
		owned.AddMember(person, "admin")
		owned.RestrictOAuthApps()
		p.play(ctx, t, "wizard-oauth.e2e.ts", stage{
			"world": func() any {
				return map[string]string{
					"login": person.Login(), "other": other.Login(), "open": open.Login(), "restricted": restricted.Login(), "owned": owned.Login(),
				}
			},
			"approve":      func() any { owned.ApproveOAuthApp(p.oauthApp); return nil },
			"integrations": func() any { return integrations(t, p) },
		})
	})
}

func TestWizard_app(t *testing.T) {
	withProduct(t, func(ctx context.Context, p *product) {
		person := p.sim.AddUser("app-robot")
		w := p.sim.AddInstallations("app", p.app, person)
		another, raced := p.sim.AddGoldenOrganization("app-another"), p.sim.AddGoldenOrganization("app-raced")
		for _, o := range []*githubsim.Organization{another, raced} {
			o.AddMember(person, "member")
			p.app.Install(o, githubsim.InstallSpec{})
		}
		p.play(ctx, t, "wizard-app.e2e.ts", stage{
			"world": func() any {
				return map[string]any{
					"login": person.Login(), "installed": []string{w.Installed.Login(), another.Login()}, "suspended": w.Suspended.Login(),
					"raced": raced.Login(), "others": []string{w.Pending.Login(), w.Selected.Login()}, "later": w.Without.Login(),
				}
			},
			"install": func() any { p.app.Install(w.Without, githubsim.InstallSpec{}); return nil },
			"race": func() any {
				test := post[api.TokenTest](t, p, "/connections/github/token/test", map[string]any{"token": raced.Owner("app-rival").Token})
				return post[api.CreatedIntegrations](t, p, "/integrations", map[string]any{
					"connection_id": test.ConnectionID, "name": "Rival", "organizations": []int64{raced.ID}, "auto_import": true,
				})
			},
			"nobody":       func() any { return map[string]string{"login": p.sim.AddUser("app-nobody").Login()} },
			"integrations": func() any { return integrations(t, p) },
		})
	})
}

// Test_L18to22_theWayFromSettingsIsFoundByNames follows the page's own words to a method,
// and on until there are repositories.
func Test_L18to22_theWayFromSettingsIsFoundByNames(t *testing.T) {
	withProduct(t, func(ctx context.Context, p *product) {
		open, installed := p.sim.AddGoldenOrganization("names-open"), p.sim.AddGoldenOrganization("names-installed")
		person := open.Owner("names-robot").User
		p.app.Install(installed, githubsim.InstallSpec{})
		p.play(ctx, t, "settings-to-repos.e2e.ts", stage{
			"world": func() any {
				return map[string]string{"login": person.Login(), "organization": open.Login(), "installed": installed.Login()}
			},
			// Before that GitHub shows neither the organization nor its installation.
			"join": func() any { installed.AddMember(person, "member"); return nil },
		})
	})
}

func TestWizard_keyboard(t *testing.T) {
	withProduct(t, func(ctx context.Context, p *product) {
		owner := p.sim.AddGoldenOrganization("keyboard").Owner("keyboard-owner")
		authorizes := p.sim.AddGoldenOrganization("keyboard-oauth").Owner("keyboard-authorizes").User
		installed := p.sim.AddGoldenOrganization("keyboard-installed")
		retrieves := installed.Member("keyboard-retrieves").User
		p.app.Install(installed, githubsim.InstallSpec{})
		p.play(ctx, t, "wizard-keyboard.e2e.ts", stage{
			"world": func() any {
				return map[string]string{
					"token": owner.Token, "tokenLogin": owner.User.Login(), "oauthLogin": authorizes.Login(), "appLogin": retrieves.Login(), "installed": installed.Login(),
				}
			},
			"integrations": func() any { return integrations(t, p) },
		})
	})
}

// made is what a script compares of an integration.
type made struct {
	Name          string   `json:"name"`
	Organizations []string `json:"organizations"`
	Tickets       bool     `json:"tickets"`
	AutoImport    bool     `json:"autoImport"`
}

func integrations(t *testing.T, p *product) []made {
	all := []made{}
	for _, i := range get[api.IntegrationPage](t, p, "/integrations").Items {
		m := made{Name: i.Name, Tickets: i.Services.Tickets}
		for _, o := range i.Organizations { // those that were chosen
			m.Organizations = append(m.Organizations, o.Login)
		}
		for _, o := range get[api.Items[api.IntegrationOrganization]](t, p, "/integrations/"+i.ID+"/organizations").Items {
			m.AutoImport = m.AutoImport || o.AutoImport
		}
		all = append(all, m)
	}
	return all
}

func get[T any](t *testing.T, p *product, path string) T {
	return send[T](t, p, http.MethodGet, path, nil)
}

func post[T any](t *testing.T, p *product, path string, body any) T {
	return send[T](t, p, http.MethodPost, path, body)
}

// send uses the API from a script's action, which must not end the test.
func send[T any](t *testing.T, p *product, method, path string, body any) (into T) {
	text, err := json.Marshal(body)
	if err != nil {
		t.Error(err)
		return into
	}
	request, err := http.NewRequestWithContext(t.Context(), method, p.url+"/api/v1"+path, bytes.NewReader(text))
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
