// Command githubsim runs a simulated GitHub as a process: for demos, for benchmarks that must not share a process with
// what they measure, and for tests of programs.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tributary/githubsim"
	"tributary/version"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	listen    string
	org       string
	seed      int64
	token     string
	gits      []string
	demo      bool
	reference bool
	small     int // repositories
	hostile   int // percent of the answers
	workload  githubsim.Workload
	config    githubsim.Config
}

func command() *cobra.Command {
	var o options
	c := &cobra.Command{
		Use:   "githubsim",
		Short: "Serve a simulated GitHub over HTTP",
		Long: `githubsim serves GitHub's REST API under / and /api/v3/, its GraphQL API under /graphql and
/api/graphql, and a control API under /_sim/. Browsers get small pages at the addresses of organizations,
repositories, commits, pull requests and issues. It listens on loopback unless told otherwise.

When it is ready it prints one line of JSON with the address, a token and the organization. The token
is a classic one of the user octocat, an owner of the organization, with the scopes repo and read:org.

Without a flag that says what the world holds, it holds the demo organization.`,
		Example: `  githubsim                                   the demo organization
  githubsim --reference                       the workload that costs are measured on
  githubsim --commits 200000 --org big        one repository with a long history
  githubsim --git ~/src/api --git ~/src/web   real history, from clones
  githubsim --rate-limit 50 --rate-window 5s  limits to run into
  githubsim --hostile                         broken and malicious answers among good ones

  curl -s -H "Authorization: Bearer TOKEN" URL/orgs/acme/repos
  curl -s URL/_sim/stats
  curl -s -X POST URL/_sim/faults -d '{"match": "/commits", "times": 3, "kind": "status", "status": 502}'
  curl -s -X POST URL/_sim/changes -d '{"kind": "push_commits", "organization": "acme", "repository": "checkout", "count": 3}'
  curl -s -X POST URL/_sim/apps -d '{"slug": "tributary", "callback_url": "http://127.0.0.1:8080/api/v1/connections/github/oauth/callback", "permissions": {"contents": "read"}}'
  curl -s -X POST URL/_sim/changes -d '{"kind": "install_app", "organization": "acme", "name": "tributary"}'`,
		Version:       version.String(),
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: false,
		RunE: func(c *cobra.Command, _ []string) error {
			return o.run(c.Context(), c.OutOrStdout(), slog.New(slog.NewTextHandler(c.ErrOrStderr(), nil)))
		},
	}
	f := c.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:0", "address to listen on; port 0 takes a free one")
	f.StringVar(&o.org, "org", "acme", "login of the organization")
	f.Int64Var(&o.seed, "seed", 0, "decides ids, SHAs and tokens; the same seed makes the same world")
	f.StringVar(&o.token, "token", "", "token to accept instead of a made-up one")
	f.StringArrayVar(&o.gits, "git", nil, "path of a clone to serve as a repository; repeatable")
	f.BoolVar(&o.demo, "demo", false, "add the demo organization's thirty repositories")
	f.BoolVar(&o.reference, "reference", false, "add the reference workload: 1,000 commits, pull requests and issues in one repository")
	f.IntVar(&o.small, "small", 0, "add this many small repositories: 40 commits, 5 pull requests and 5 issues each, all discussed")
	f.IntVar(&o.hostile, "hostile", 0, "percent of the answers that are broken or malicious, chosen by the seed; alone it means 20")
	f.Lookup("hostile").NoOptDefVal = "20"
	f.IntVar(&o.workload.Repositories, "repositories", 0, "add this many repositories of the sizes below (default 1 when a size is given)")
	f.IntVar(&o.workload.Commits, "commits", 0, "commits on each default branch")
	f.IntVar(&o.workload.PullRequests, "pull-requests", 0, "pull requests in each repository")
	f.IntVar(&o.workload.ReviewsPerPullRequest, "reviews", 0, "reviews of each pull request")
	f.IntVar(&o.workload.ReviewCommentsPerPullRequest, "review-comments", 0, "line comments on each pull request")
	f.IntVar(&o.workload.CommentsPerPullRequest, "pull-request-comments", 0, "comments on each pull request")
	f.IntVar(&o.workload.Issues, "issues", 0, "issues in each repository")
	f.IntVar(&o.workload.CommentsPerIssue, "issue-comments", 0, "comments on each issue")
	f.BoolVar(&o.config.AllowLocalHooks, "local-hooks", false, "accept webhooks that deliver to this machine, which GitHub refuses")
	f.DurationVar(&o.config.Latency, "latency", 0, "time added to every request")
	f.IntVar(&o.config.RateLimit, "rate-limit", 5000, "REST requests per window and user")
	f.IntVar(&o.config.GraphQLLimit, "graphql-limit", 5000, "GraphQL points per window and user")
	f.DurationVar(&o.config.RateWindow, "rate-window", time.Hour, "how long a rate limit window lasts")
	return c
}

// run serves until ctx ends.
func (o options) run(ctx context.Context, out io.Writer, log *slog.Logger) error {
	o.config.Seed, o.workload.Seed, o.workload.Organization = o.seed, o.seed, o.org
	if o.hostile > 0 {
		o.config.AnonymousRefusals, o.config.LoginAttempts = true, 20
	}
	sim := githubsim.New(o.config)
	defer sim.Close()
	if err := o.populate(ctx, sim, log); err != nil {
		return err
	}
	token := o.admit(sim)
	if o.hostile > 0 {
		sim.BeHostile(uint64(o.seed), o.hostile)
	}
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return fmt.Errorf("%w (another address can be chosen with --listen)", err)
	}
	server := &http.Server{Handler: sim, ReadHeaderTimeout: 10 * time.Second}
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(listener) }()
	url := "http://" + listener.Addr().String()
	log.Info("listening", "url", url, "organization", o.org)
	if err := json.NewEncoder(out).Encode(announcement{url, url + "/graphql", token, o.org}); err != nil {
		return fmt.Errorf("announce the address: %w", err)
	}
	select {
	case err := <-stopped:
		return err
	case <-ctx.Done():
	}
	return shutDown(server, stopped, log)
}

// announcement is the line that scripts read.
type announcement struct {
	URL          string `json:"url"`
	GraphQLURL   string `json:"graphql_url"`
	Token        string `json:"token"`
	Organization string `json:"organization"`
}

func shutDown(server *http.Server, stopped <-chan error, log *slog.Logger) error {
	log.Info("stopping")
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		server.Close()
	}
	if err := <-stopped; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (o options) populate(ctx context.Context, sim *githubsim.Sim, log *slog.Logger) error {
	began := time.Now()
	byNumbers := o.workload.Repositories+o.workload.Commits+o.workload.PullRequests+o.workload.Issues > 0
	if o.demo || (!byNumbers && !o.reference && o.small == 0 && len(o.gits) == 0) {
		sim.PopulateDemo(o.org)
	}
	if o.reference {
		reference := githubsim.ReferenceWorkload()
		reference.Organization, reference.Seed = o.org, o.seed
		sim.Populate(reference)
	}
	if o.small > 0 {
		small := githubsim.SmallWorkload(o.small)
		small.Organization, small.Seed = o.org, o.seed
		sim.Populate(small)
	}
	if byNumbers {
		sim.Populate(o.workload)
	}
	for _, path := range o.gits {
		name, err := repositoryName(path)
		if err != nil {
			return err
		}
		if _, err := sim.LoadGit(ctx, path, o.org, name); err != nil {
			return err
		}
	}
	log.Info("populated", "took", time.Since(began).Round(time.Millisecond))
	return nil
}

// repositoryName is the folder's name, so that ~/src/api.git becomes api.
func repositoryName(path string) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("repository %s: %w", path, err)
	}
	return strings.TrimSuffix(filepath.Base(absolute), ".git"), nil
}

// admit makes the owner who holds the token.
func (o options) admit(sim *githubsim.Sim) string {
	user := sim.AddUser("octocat")
	sim.AddOrganization(o.org).AddMember(user, "admin")
	grant := githubsim.Token{Kind: githubsim.ClassicToken, Scopes: []string{"read:org", "repo"}}
	if o.token == "" {
		return sim.IssueToken(user, grant)
	}
	sim.AddToken(o.token, user, grant)
	return o.token
}
