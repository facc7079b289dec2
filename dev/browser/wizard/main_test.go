package wizard_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"strconv"
	"testing"
	"time"

	"tributary/api/door"
	"tributary/config"
	"tributary/dev/leaks"
	"tributary/dev/stack"
	"tributary/githubsim"
)

// sim is the GitHub of all tests, app and oauthApp what it knows the product as.
var (
	sim      *githubsim.Sim
	app      *githubsim.App
	oauthApp *githubsim.OAuthApp
	product  running
)

// running is the whole product, in this process.
type running struct {
	url          string // by way of a proxy that notes what it answers
	answers, log leaks.Buffer
}

func TestMain(m *testing.M) {
	flag.Parse()
	if why := browserMissing(); why != "" && os.Getenv("CI") == "" {
		fmt.Println("no browser tests:", why)
		return
	}
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// run starts the product and lets the tests use it.
func run(m *testing.M) (code int, err error) {
	directory, err := os.MkdirTemp("", "tributary-browser")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(directory)
	sim = githubsim.New(githubsim.Config{AllowLocalHooks: true})
	defer sim.Close()
	gitHub := httptest.NewServer(sim)
	defer gitHub.Close()
	front := httptest.NewUnstartedServer(nil) // GitHub has to know its address before the product starts
	product.url = "http://" + front.Listener.Addr().String()
	callback := product.url + door.CallbackPath
	app = sim.AddApp(githubsim.AppSpec{
		Slug: "tributary-browser", CallbackURLs: []string{callback}, Events: []string{"push"},
		Permissions: map[string]string{"contents": "read", "pull_requests": "read", "issues": "read", "members": "read"},
	})
	oauthApp = sim.AddOAuthApp(githubsim.OAuthAppSpec{Name: "tributary", CallbackURL: callback})
	const anyPort = "127.0.0.1:0"
	err = stack.Run(context.Background(), stack.Config{
		Directory: directory, GitHubAPIURL: gitHub.URL + "/", PublicURL: product.url,
		Apps: config.Apps{
			AppID: strconv.FormatInt(app.ID, 10), AppPrivateKey: string(app.PrivateKeyPEM()), AppSlug: app.Slug,
			AppClientID: app.ClientID, AppClientSecret: app.ClientSecret,
			OAuthClientID: oauthApp.ClientID, OAuthClientSecret: oauthApp.ClientSecret,
		},
		Listen: anyPort, TemporalAddress: anyPort, TemporalUI: anyPort,
		RequestsPerMinute: 1e6, IngestActivities: 8, HeartbeatTimeout: 5 * time.Second,
		Logger: slog.New(slog.NewJSONHandler(&product.log, nil)),
	}, func(_ context.Context, s *stack.Stack) error {
		front.Config.Handler = leaks.Noted(s.APIURL, &product.answers)
		front.Start()
		defer front.Close()
		code = m.Run()
		return nil
	})
	if gaps := sim.Gaps(); len(gaps) > 0 {
		err = errors.Join(err, fmt.Errorf("the simulator lacks %v", gaps))
	}
	places := map[string][]byte{"the log": []byte(product.log.String()), "the API's answers": []byte(product.answers.String())}
	secrets := leaks.For(sim.Secrets())
	for place, content := range places {
		if form, leaked := secrets.In(content); leaked {
			err = errors.Join(err, fmt.Errorf("%s holds a secret, %s", place, form))
		}
	}
	return code, err
}
