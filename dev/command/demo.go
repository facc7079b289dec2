package command

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"tributary/api/door"
	"tributary/config"
	"tributary/dev/ingest"
	"tributary/dev/progress"
	"tributary/dev/stack"
	"tributary/githubsim"
)

const demoOrganization = "acme"

func demoCommand() *cobra.Command {
	var p places
	var still bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Ingest a simulated organization and keep running; no credentials, no network",
		Long: `Ingest a simulated organization and keep running; no credentials, no network.

The simulator is a GitHub over HTTP with some thirty repositories. Run from a git
clone, one more has the clone's own history. The copy is made anew each time.
Afterwards the organization keeps moving, and its webhooks bring each change into
the copy.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := p.check(); err != nil { // before the last demo is thrown away
				return err
			}
			p.data = filepath.Join(p.data, "demo")
			log, file, err := logFile(p.data)
			if err != nil {
				return err
			}
			defer file.Close()
			if err := stack.Reset(p.data); err != nil {
				return err
			}
			gitHub, err := startSimulator(cmd.Context(), p.listen)
			if err != nil {
				return err
			}
			defer gitHub.stop()
			p.gitHubAPIURL = gitHub.url
			settings, err := p.stack(log)
			if err != nil {
				return err
			}
			settings.Apps, settings.GitHubWebURL, settings.PublicURL = gitHub.apps, gitHub.url, ""
			settings.DatabaseURL, settings.SecretKeys = "", "" // the copy of a simulated GitHub never joins that of a real one
			return stack.Run(cmd.Context(), settings, func(ctx context.Context, s *stack.Stack) error {
				fmt.Fprintf(cmd.OutOrStdout(), "Open %s/ in a browser, and watch.\n\n", s.APIURL)
				summary, err := runIngest(ctx, s, ingest.Options{Organization: demoOrganization, Token: gitHub.token})
				if err != nil {
					return err
				}
				if err := summary.Write(cmd.OutOrStdout()); err != nil {
					return err
				}
				fmt.Fprint(cmd.OutOrStdout(), whatNow(s, gitHub))
				if still {
					<-ctx.Done()
					return nil
				}
				return watch(ctx, cmd.OutOrStdout(), s, gitHub, summary)
			})
		},
	}
	p.flags(cmd, "127.0.0.1:8080", "127.0.0.1:7233", "127.0.0.1:8233")
	cmd.Flags().BoolVar(&still, "still", false, "let nothing happen in the organization after it was ingested")
	return cmd
}

// demoPace is how many changes a second are many, and few enough to look at.
const demoPace = 3

// watch lets the organization move and shows what arrives, until ctx ends.
func watch(ctx context.Context, out io.Writer, s *stack.Stack, gitHub *simulator, summary ingest.Summary) error {
	live, err := ingest.GoLive(ctx, s.APIURL, summary)
	if err != nil {
		return err
	}
	fmt.Fprint(out, whatMoves(s, live))
	var changes atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		gitHub.organization.Bustle(ctx, githubsim.Bustle{PerSecond: demoPace, Changed: func([]githubsim.Row) { changes.Add(1) }})
		return nil
	})
	group.Go(func() error {
		err := showArrivals(ctx, live, &changes)
		if ctx.Err() != nil { // somebody has seen enough
			return nil
		}
		return err
	})
	return group.Wait()
}

// showArrivals says how fresh the copy is: at the bottom of a terminal all the time,
// in logs and pipes now and then.
func showArrivals(ctx context.Context, live *ingest.Live, changes *atomic.Int64) error {
	show := progress.New(os.Stderr, os.Getenv, time.Now)
	pause := 10 * time.Second
	if show.Live() {
		pause = time.Second
	}
	for began, tick := time.Now(), time.Tick(pause); ; {
		select {
		case <-tick:
		case <-ctx.Done():
			return nil
		}
		arrived, err := live.Arrived(ctx)
		if err != nil {
			return err
		}
		fresh := "how fresh they are is not known yet"
		if f := arrived.Freshness; f != nil {
			fresh = fmt.Sprintf("half of them within %.1f seconds, 99 of 100 within %.1f", f.P50Seconds, f.P99Seconds)
		}
		show.Draw(progress.Snapshot{
			Title: demoOrganization, Phase: fmt.Sprintf("%d changes at GitHub", changes.Load()), Elapsed: time.Since(began),
			Footer: fmt.Sprintf("%d rows arrived, %s", arrived.Rows, fresh),
		})
	}
}

func whatMoves(s *stack.Stack, live *ingest.Live) string {
	return fmt.Sprintf(`
The organization keeps moving: %d changes a second, which GitHub's webhooks announce. See them arrive:

  what was delivered   %s/api/v1/integrations/%s/webhook-deliveries?limit=10
  how fresh that is    %[2]s/api/v1/integrations/%[3]s/webhooks
  the newest rows      sqlite3 %[4]s "SELECT created_at, author_login, body FROM issue_comments ORDER BY 1 DESC LIMIT 5"

`, demoPace, s.APIURL, live.IntegrationID, copyOf(s))
}

// copyOf is the file that sqlite3 opens.
func copyOf(s *stack.Stack) string { return strings.TrimPrefix(s.Database, "sqlite:") }

func whatNow(s *stack.Stack, gitHub *simulator) string {
	return fmt.Sprintf(`
It keeps running; Ctrl-C stops it. Have a look:

  in a browser    %s/
  Temporal's UI   %s     each sync reads like a story
  the API         %s/api/v1/pull-requests?limit=3
                  %s/api/openapi.json
  the simulator   %s
  the copy        sqlite3 %s "SELECT author_login, count(*) FROM commits GROUP BY 1 ORDER BY 2 DESC LIMIT 5"

The simulated account tributary-service can connect more organizations, each with something
else in the way: globex, hooli, initech and umbrella. With the GitHub App, through OAuth, or
with its token:

  %s

Your own organization:

  GITHUB_TOKEN=… ./task ingest -- --org your-organization
`, s.APIURL, s.TemporalUI, s.APIURL, s.APIURL, gitHub.url, copyOf(s), gitHub.token)
}

// simulator is a running GitHub of our own.
type simulator struct {
	url, token   string
	organization *githubsim.Organization
	apps         config.Apps // that are registered there
	stop         func()
}

// demoLatency is short for GitHub and long enough to watch.
const demoLatency = 40 * time.Millisecond

// demoLimit is more than GitHub's: so busy an organization would not be read with the
// hourly 5,000 of one person.
const demoLimit = 100_000

func startSimulator(ctx context.Context, apiAddress string) (*simulator, error) {
	sim := githubsim.New(githubsim.Config{Latency: demoLatency, RateLimit: demoLimit, GraphQLLimit: demoLimit, AllowLocalHooks: true})
	organization := sim.PopulateDemo(demoOrganization)
	if clone := cloneAround(ctx); clone != "" {
		if _, err := sim.LoadGit(ctx, clone, demoOrganization, filepath.Base(clone)); err != nil {
			return nil, fmt.Errorf("read the history of %s: %w", clone, err)
		}
	}
	account := sim.AddUser("tributary-service")
	organization.AddMember(account, "admin")
	token := sim.IssueToken(account, githubsim.Token{Kind: githubsim.ClassicToken, Scopes: githubsim.AllScopes})
	apps := registerApps(sim, account, "http://"+apiAddress+door.CallbackPath)
	listener, err := net.Listen("tcp", anyPort)
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: sim, ReadHeaderTimeout: 5 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	return &simulator{url: "http://" + listener.Addr().String() + "/", token: token, organization: organization, apps: apps, stop: func() {
		sim.Close()
		_ = server.Close()
		<-served
	}}, nil
}

// registerApps lets people connect in all three ways, to organizations that
// answer them differently.
func registerApps(sim *githubsim.Sim, account *githubsim.User, callback string) config.Apps {
	app := sim.AddApp(githubsim.AppSpec{
		Slug: "tributary", Name: "Tributary", CallbackURLs: []string{callback}, Events: []string{"push", "pull_request", "issues"},
		Permissions: map[string]string{"contents": "read", "issues": "read", "members": "read", "pull_requests": "read"},
	})
	oauth := sim.AddOAuthApp(githubsim.OAuthAppSpec{Name: "Tributary", CallbackURL: callback})
	for _, login := range []string{"globex", "hooli", "initech", "umbrella"} {
		organization := sim.AddOrganization(login)
		organization.AddMember(account, "admin")
		repository := organization.AddRepository("handbook", githubsim.RepositorySettings{Private: true})
		repository.Commit(githubsim.CommitSpec{Author: account, Message: "Begin", Additions: 1})
		switch login {
		case "globex":
			app.Install(organization, githubsim.InstallSpec{})
		case "hooli":
			app.Install(organization, githubsim.InstallSpec{}).Suspend(account)
		case "initech":
			organization.RestrictOAuthApps()
		case "umbrella":
			organization.RequireSSO()
		}
	}
	sim.SignIn(account, githubsim.AskConsent)
	return config.Apps{
		AppID: fmt.Sprint(app.ID), AppPrivateKey: string(app.PrivateKeyPEM()), AppSlug: app.Slug,
		AppClientID: app.ClientID, AppClientSecret: app.ClientSecret,
		OAuthClientID: oauth.ClientID, OAuthClientSecret: oauth.ClientSecret,
	}
}

// cloneAround finds the git clone that the command runs in, if there is one
// with at least one commit.
func cloneAround(ctx context.Context) string {
	if exec.CommandContext(ctx, "git", "rev-parse", "--verify", "--quiet", "HEAD").Run() != nil {
		return ""
	}
	top, err := exec.CommandContext(ctx, "git", "rev-parse", "--show-toplevel").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(top))
}
