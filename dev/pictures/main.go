// Command pictures takes pictures of every screen for docs/screens: it runs the product
// with the demo's GitHub and lets the script in web/pictures walk through it.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tributary/api"
	"tributary/dev/browser"
	"tributary/dev/demo"
	"tributary/dev/stack"
	"tributary/githubsim"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1)
	}
}

func command() *cobra.Command {
	var out, listen string
	cmd := &cobra.Command{
		Use:   "pictures",
		Short: "Take pictures of every screen",
		Long: `Take pictures of every screen, at three widths and in two themes.

The product runs on the demo's GitHub, from its first run to an integration in which
something is wrong. A new screen is a line of web/pictures/pictures.e2e.ts. It needs
Chromium and ./task web:install, and shows what ./task web:build has built.`,
		Args: cobra.NoArgs, SilenceUsage: true, SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return take(cmd.Context(), out, listen) },
	}
	cmd.Flags().StringVar(&out, "out", "../docs/screens", "folder for the pictures; those in it are replaced")
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "address of the product, which some screens show")
	return cmd
}

// take runs the product and the script. The pictures of before go only once there are
// new ones.
func take(ctx context.Context, out, listen string) error {
	out, err := filepath.Abs(out) // the script runs elsewhere
	if err != nil {
		return err
	}
	fresh, err := os.MkdirTemp("", "tributary-pictures")
	if err != nil {
		return err
	}
	defer os.RemoveAll(fresh)
	gitHub, err := demo.Start(listen)
	if err != nil {
		return err
	}
	defer gitHub.Stop()
	data, err := os.MkdirTemp("", "tributary-pictures")
	if err != nil {
		return err
	}
	defer os.RemoveAll(data)
	const anyPort = "127.0.0.1:0"
	settings := stack.Config{
		Directory: data, GitHubAPIURL: gitHub.URL, GitHubWebURL: gitHub.URL, Apps: gitHub.Apps,
		Listen: listen, TemporalAddress: anyPort, TemporalUI: anyPort,
		RequestsPerMinute: 3000, IngestActivities: 8, HeartbeatTimeout: 20 * time.Second,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	}
	err = stack.Run(ctx, settings, func(ctx context.Context, s *stack.Stack) error { return walk(ctx, s, gitHub, fresh) })
	if err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(out), os.MkdirAll(filepath.Dir(out), 0o755), os.CopyFS(out, os.DirFS(fresh)))
}

// walk plays the script, in the order in which people see the screens.
func walk(ctx context.Context, s *stack.Stack, gitHub *demo.GitHub, out string) error {
	closed, err := api.New(api.Config{
		Store: s.Store, Temporal: s.Temporal, Tokens: []string{"0123456789abcdef0123456789abcdef"}, Logger: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	if err != nil {
		return err
	}
	server := httptest.NewServer(closed)
	defer server.Close()
	_, err = browser.Script{
		Frontend: "../web", Name: "pictures/pictures.e2e.ts", UI: s.APIURL, GitHub: gitHub.URL,
		Settings: []string{"CLOSED_UI=" + server.URL, "PICTURES=" + out, "TOKEN=" + gitHub.Token},
		Actions: browser.Actions{
			"bustle": func() any { bustle(ctx, gitHub.Organization); return nil },
			"fail":   func() any { fail(gitHub); return nil },
		},
	}.Play(ctx)
	return err
}

// bustle lets something happen for a while, which webhooks announce.
func bustle(ctx context.Context, o *githubsim.Organization) {
	ctx, stop := context.WithTimeout(ctx, 4*time.Second)
	defer stop()
	o.Bustle(ctx, githubsim.Bustle{PerSecond: 5, Seed: 1})
}

// fail lets GitHub block a repository while it is read.
func fail(gitHub *demo.GitHub) {
	fork := gitHub.Organization.Repository("httpclient")
	fork.Commit(githubsim.CommitSpec{Author: gitHub.Sim.AddUser("tributary-service"), Message: "Give up sooner"})
	gitHub.Sim.Fail(githubsim.Fault{Match: fmt.Sprintf("GET /repositories/%d/", fork.ID), Times: 1, Do: func() {
		fork.Change(func(s *githubsim.RepositorySettings) { s.Blocked = "dmca" })
	}})
}
