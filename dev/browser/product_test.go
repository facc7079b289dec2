package browser_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"tributary/api"
	"tributary/api/door"
	"tributary/config"
	"tributary/dev/browser"
	"tributary/dev/leaks"
	"tributary/dev/stack"
	"tributary/githubsim"
)

// product is the whole product, and the GitHub that it reads.
type product struct {
	*stack.Stack
	sim          *githubsim.Sim
	app          *githubsim.App // what GitHub knows the product as
	oauthApp     *githubsim.OAuthApp
	gitHub, url  string // the product's by way of a proxy that notes what it answers
	answers, log leaks.Buffer
}

// withProduct runs a product with nothing in it. No secret of its GitHub may be in what
// it logs and answers. changes are made to how it is set up.
func withProduct(t *testing.T, use func(context.Context, *product), changes ...func(*stack.Config)) {
	if _, err := browser.Chromium(frontend); err != nil { // before anything is started
		t.Fatal(err)
	}
	p := &product{sim: githubsim.New(githubsim.Config{AllowLocalHooks: true})}
	t.Cleanup(p.sim.Close)
	gitHub := httptest.NewServer(p.sim)
	t.Cleanup(gitHub.Close)
	front := httptest.NewUnstartedServer(nil) // GitHub has to know its address before the product starts
	p.gitHub, p.url = gitHub.URL, "http://"+front.Listener.Addr().String()
	callback := p.url + door.CallbackPath
	p.app = p.sim.AddApp(githubsim.AppSpec{
		Slug: "tributary-browser", CallbackURLs: []string{callback}, Events: []string{"push"},
		Permissions: map[string]string{"contents": "read", "pull_requests": "read", "issues": "read", "members": "read"},
	})
	p.oauthApp = p.sim.AddOAuthApp(githubsim.OAuthAppSpec{Name: "tributary", CallbackURL: callback})
	const anyPort = "127.0.0.1:0"
	settings := stack.Config{
		Directory: t.TempDir(), GitHubAPIURL: p.gitHub + "/", PublicURL: p.url,
		Apps: config.Apps{
			AppID: fmt.Sprint(p.app.ID), AppPrivateKey: string(p.app.PrivateKeyPEM()), AppSlug: p.app.Slug,
			AppClientID: p.app.ClientID, AppClientSecret: p.app.ClientSecret,
			OAuthClientID: p.oauthApp.ClientID, OAuthClientSecret: p.oauthApp.ClientSecret,
		},
		Listen: anyPort, TemporalAddress: anyPort, TemporalUI: anyPort,
		RequestsPerMinute: 1e6, IngestActivities: 8, HeartbeatTimeout: 5 * time.Second,
		Logger: slog.New(slog.NewJSONHandler(&p.log, nil)),
	}
	for _, change := range changes {
		change(&settings)
	}
	err := stack.Run(t.Context(), settings, func(ctx context.Context, s *stack.Stack) error {
		p.Stack = s
		front.Config.Handler = leaks.Noted(s.APIURL, &p.answers)
		front.Start()
		defer front.Close()
		use(ctx, p)
		return nil
	})
	if err != nil {
		t.Errorf("%v\nthe log ends:\n%s", err, p.log.Tail())
	}
	if gaps := p.sim.Gaps(); len(gaps) > 0 {
		t.Errorf("the simulator lacks %v", gaps)
	}
	secrets := leaks.For(p.sim.Secrets())
	for place, content := range map[string]string{"the log": p.log.String(), "the API's answers": p.answers.String()} {
		if form, leaked := secrets.In([]byte(content)); leaked {
			t.Errorf("%s holds a secret, %s", place, form)
		}
	}
}

// integrate connects an organization as somebody; the id is the integration's.
func integrate(t *testing.T, p *product, o *githubsim.Organization, as githubsim.Persona, everything bool) (id string) {
	test := post[api.TokenTest](t, p, "/connections/github/token/test", map[string]any{"token": as.Token})
	created := post[api.CreatedIntegrations](t, p, "/integrations", map[string]any{
		"connection_id": test.ConnectionID, "name": o.Login(), "organizations": []int64{o.ID}, "auto_import": everything,
	})
	if len(created.Items) != 1 {
		t.Errorf("created were %d integrations", len(created.Items))
		return ""
	}
	return created.Items[0].ID
}
