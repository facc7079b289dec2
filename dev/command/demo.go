package command

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"tributary/dev/demo"
	"tributary/dev/ingest"
	"tributary/dev/progress"
	"tributary/dev/stack"
	"tributary/githubsim"
)

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
			gitHub, err := demo.Start(p.listen)
			if err != nil {
				return err
			}
			defer gitHub.Stop()
			if clone := cloneAround(cmd.Context()); clone != "" {
				if _, err := gitHub.Sim.LoadGit(cmd.Context(), clone, demo.Organization, filepath.Base(clone)); err != nil {
					return fmt.Errorf("read the history of %s: %w", clone, err)
				}
			}
			p.gitHubAPIURL = gitHub.URL
			settings, err := p.stack(log)
			if err != nil {
				return err
			}
			settings.Apps, settings.GitHubWebURL, settings.PublicURL = gitHub.Apps, gitHub.URL, ""
			settings.DatabaseURL, settings.SecretKeys = "", "" // the copy of a simulated GitHub never joins that of a real one
			return stack.Run(cmd.Context(), settings, func(ctx context.Context, s *stack.Stack) error {
				fmt.Fprintf(cmd.OutOrStdout(), "Open %s/ in a browser, and watch.\n\n", s.APIURL)
				summary, err := runIngest(ctx, s, ingest.Options{Organization: demo.Organization, Token: gitHub.Token})
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
func watch(ctx context.Context, out io.Writer, s *stack.Stack, gitHub *demo.GitHub, summary ingest.Summary) error {
	live, err := ingest.GoLive(ctx, s.APIURL, summary)
	if err != nil {
		return err
	}
	fmt.Fprint(out, whatMoves(s, live))
	var changes atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		gitHub.Organization.Bustle(ctx, githubsim.Bustle{PerSecond: demoPace, Changed: func([]githubsim.Row) { changes.Add(1) }})
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
			Title: demo.Organization, Phase: progress.Number(changes.Load()) + " changes at GitHub", Elapsed: time.Since(began),
			Footer: []string{progress.Number(arrived.Rows) + " rows arrived", fresh},
		})
	}
}

func whatMoves(s *stack.Stack, live *ingest.Live) string {
	return fmt.Sprintf(`
The organization keeps moving: %d changes a second, which GitHub's webhooks
announce. See them arrive:

  what was delivered   %s/api/v1/integrations/%s/webhook-deliveries?limit=10
  how fresh that is    %[2]s/api/v1/integrations/%[3]s/webhooks
  the newest rows      sqlite3 %[4]s "SELECT at, person, action, html_url FROM v_activity ORDER BY 1 DESC LIMIT 5"

`, demoPace, s.APIURL, live.IntegrationID, copyOf(s))
}

// copyOf is the file that sqlite3 opens.
func copyOf(s *stack.Stack) string { return strings.TrimPrefix(s.Database, "sqlite:") }

func whatNow(s *stack.Stack, gitHub *demo.GitHub) string {
	return fmt.Sprintf(`
It keeps running; Ctrl-C stops it. Have a look:

  in a browser    %s/
  Temporal's UI   %s     each sync reads like a story
  the API         %s/api/v1/pull-requests?limit=3
                  %s/api/openapi.json
  the simulator   %s
  the copy        sqlite3 %s "SELECT person, count(*) FROM v_commits WHERE on_default_branch AND NOT is_merge AND NOT is_bot GROUP BY 1 ORDER BY 2 DESC LIMIT 5"

The simulated account tributary-service can connect more organizations, each
with something else in the way: globex, hooli, initech and umbrella. With the
GitHub App, through OAuth, or with its token:

  %s

Your own organization:

  GITHUB_TOKEN=… ./task ingest -- --org your-organization
`, s.APIURL, s.TemporalUI, s.APIURL, s.APIURL, gitHub.URL, copyOf(s), gitHub.Token)
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
