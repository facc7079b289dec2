package behaviours_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tributary/api/door"
	"tributary/config"
	"tributary/dev/leaks"
	"tributary/dev/stack"
	"tributary/githubsim"
	"tributary/workflows"
)

// sim is the GitHub of all tests, app and oauthApp what it knows the product as, and product what the tests look at.
var (
	sim      *githubsim.Sim
	app      *githubsim.App
	oauthApp *githubsim.OAuthApp
	product  *running
)

// running is the whole product, in this process.
type running struct {
	*stack.Stack
	directory    string
	database     string // URL
	url          string // of the API, by way of a proxy that notes what it answers
	answers, log leaks.Buffer
}

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// run starts the product, lets the tests look at it and searches, when it has stopped, what it left.
func run(m *testing.M) (code int, err error) {
	flag.Parse()
	// These tests wait more than they compute. A number on the command line wins.
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		if err := f.Value.Set("6"); err != nil {
			return 1, err
		}
	}
	directory, err := os.MkdirTemp("", "tributary-behaviours")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(directory)
	sim = githubsim.New(githubsim.Config{AllowLocalHooks: true})
	defer sim.Close()
	gitHub := httptest.NewServer(sim)
	defer gitHub.Close()
	front := httptest.NewUnstartedServer(nil) // GitHub has to know its address before the product starts
	product = &running{directory: directory, database: "sqlite:" + filepath.Join(directory, "tributary.db"), url: "http://" + front.Listener.Addr().String()}
	register()
	err = stack.Run(context.Background(), product.config(gitHub.URL), func(_ context.Context, s *stack.Stack) error {
		product.Stack = s
		front.Config.Handler = leaks.Noted(s.APIURL, &product.answers)
		front.Start()
		defer front.Close()
		code = m.Run()
		return nil
	})
	if gaps := sim.Gaps(); len(gaps) > 0 {
		err = errors.Join(err, fmt.Errorf("the simulator lacks %v", gaps))
	}
	return code, errors.Join(err, wrote(sim.Requests()), product.keptSecrets())
}

// register makes the product known to GitHub.
func register() {
	callback := product.url + door.CallbackPath
	app = sim.AddApp(githubsim.AppSpec{
		Slug: "tributary-behaviours", CallbackURLs: []string{callback}, Events: []string{"push"},
		Permissions: map[string]string{"contents": "read", "pull_requests": "read", "issues": "read", "members": "read"},
	})
	oauthApp = sim.AddOAuthApp(githubsim.OAuthAppSpec{Name: "tributary", CallbackURL: callback})
}

func (p *running) config(gitHubURL string) stack.Config {
	const anyPort = "127.0.0.1:0"
	return stack.Config{
		Directory: p.directory, GitHubAPIURL: gitHubURL + "/", PublicURL: p.url,
		Apps: config.Apps{
			AppID: strconv.FormatInt(app.ID, 10), AppPrivateKey: string(app.PrivateKeyPEM()), AppSlug: app.Slug,
			AppClientID: app.ClientID, AppClientSecret: app.ClientSecret,
			OAuthClientID: oauthApp.ClientID, OAuthClientSecret: oauthApp.ClientSecret,
		},
		Listen: anyPort, TemporalAddress: anyPort, TemporalUI: anyPort,
		RequestsPerMinute: 1e6, IngestActivities: 16, HeartbeatTimeout: 5 * time.Second,
		Logger: slog.New(slog.NewJSONHandler(&p.log, nil)),
	}
}

// keptSecrets reports where a secret that the simulator ever issued is written down: in an answer of the API, in the
// log, in the database or in Temporal's.
func (p *running) keptSecrets() error {
	places, err := leaks.Files(p.directory)
	if err != nil {
		return err
	}
	places["the log"], places["the API's answers"] = []byte(p.log.String()), []byte(p.answers.String())
	secrets := leaks.For(sim.Secrets())
	var found []error
	histories := false // are among what is searched
	for place, content := range places {
		if form, leaked := secrets.In(content); leaked {
			found = append(found, fmt.Errorf("%s holds a secret, %s", place, form))
		}
		histories = histories || strings.HasPrefix(filepath.Base(place), "temporal") && strings.Contains(string(content), workflows.ControlQueue)
	}
	if !histories {
		found = append(found, errors.New("Temporal's database is not searched"))
	}
	return errors.Join(found...)
}
