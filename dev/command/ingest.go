package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tributary/api/problem"
	"tributary/dev/ingest"
	"tributary/dev/progress"
	"tributary/dev/stack"
)

func ingestCommand() *cobra.Command {
	var p places
	var o ingest.Options
	var tokenVariable string
	var accepted []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "ingest --org ORGANIZATION",
		Short: "Copy an organization into SQL, show the progress, exit",
		Long: `Copy an organization into SQL, show the progress, exit.

The first run reads everything; later ones read what has changed. A run that was
stopped, killed or held up by a rate limit is continued by the next.

The token comes from an environment variable, GITHUB_TOKEN unless --token-env
names another: a classic token with the scopes repo and read:org, or a
fine-grained one with read access to contents, issues, metadata and pull requests.
A token that reads less than the one of the last run is not taken, unless
--confirm-loss says so.

The summary lists what is known to be missing: repositories that are gone, blocked
or refused, and what the token may not be shown. --accept names causes that are
known and count no more.

Exit codes:
  0  everything was copied
  1  something went wrong: the sync failed, or not all of it could be read
  2  a flag, a setting, a port or the name of the organization is wrong
  3  what the token sees was copied, and something is known to be missing
  130  it was interrupted; the next run goes on`,
		Example: `  GITHUB_TOKEN=ghp_… tributary-dev ingest --org acme
  tributary-dev ingest --org acme --database-url postgres://localhost/tributary --json
  tributary-dev ingest --org acme --accept repo_blocked,no_private_repos_visible`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := organizationName(o.Organization); err != nil {
				return err
			}
			for _, code := range accepted {
				if !problem.IsCode(code) {
					return &usageError{fmt.Sprintf("--accept knows no cause %q: it takes the codes that the summary lists, for example --accept repo_blocked", code)}
				}
			}
			config, err := p.stack(nil)
			if err != nil {
				return err
			}
			if o.Token, err = token(cmd.Context(), tokenVariable, config.GitHubAPIURL); err != nil {
				return err
			}
			log, file, err := logFile(p.data)
			if err != nil {
				return err
			}
			defer file.Close()
			config.Logger, config.OneRun = log, true
			return p.named(stack.Run(cmd.Context(), config, func(ctx context.Context, s *stack.Stack) error {
				summary, err := runIngest(ctx, s, o)
				if err != nil {
					return err
				}
				if asJSON {
					return errors.Join(json.NewEncoder(cmd.OutOrStdout()).Encode(summary), complete(summary, accepted))
				}
				if err := summary.Write(cmd.OutOrStdout()); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "  database  %s\n", s.Database)
				return complete(summary, accepted)
			}))
		},
	}
	p.flags(cmd, anyPort, anyPort, anyPort)
	p.sourceFlags(cmd)
	cmd.Flags().StringVar(&o.Organization, "org", "", "the organization to copy")
	cmd.Flags().StringVar(&tokenVariable, "token-env", "GITHUB_TOKEN", "environment variable that holds the token")
	cmd.Flags().BoolVar(&o.ConfirmLoss, "confirm-loss", false, "take the token although it reads less than the one before")
	cmd.Flags().StringSliceVar(&accepted, "accept", nil, "causes, by their codes, that are known and do not count as missing")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the summary as one line of JSON, the last one")
	return cmd
}

// What GitHub allows as the name of an account (those of enterprises may have an
// underscore), and such a name in its address, with a repository or behind an @.
var (
	login    = `[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?`
	isLogin  = regexp.MustCompile("^" + login + "$")
	hasLogin = regexp.MustCompile(`^(?:\w+://[^/]+/|@)?(` + login + ")(?:/.+)?$")
)

// organizationName refuses what cannot be the name of an organization, and says what may
// have been meant.
func organizationName(given string) error {
	const example = "it names the GitHub organization to copy, for example --org acme"
	named := hasLogin.FindStringSubmatch(given)
	switch {
	case given == "":
		return &usageError{"--org is missing: " + example}
	case isLogin.MatchString(given):
		return nil
	case strings.ContainsAny(given, ", \t\n"):
		return &usageError{fmt.Sprintf("--org %q is not one name: %s. Each organization is a run of its own", given, example)}
	case named != nil:
		return &usageError{fmt.Sprintf("--org %q is more than the name of an organization: write --org %s, and all of its repositories are copied", given, named[1])}
	}
	return &usageError{fmt.Sprintf("--org %q is no name of an organization: %s", given, example)}
}

// runIngest shows the progress on stderr, so that stdout has the summary only.
func runIngest(ctx context.Context, s *stack.Stack, o ingest.Options) (ingest.Summary, error) {
	o.APIURL, o.Progress = s.APIURL, progress.New(os.Stderr, os.Getenv, time.Now)
	return ingest.Run(ctx, o)
}

// complete is an error unless everything was copied: scripts look at the exit
// code.
func complete(summary ingest.Summary, accepted []string) error {
	if !summary.Copied(accepted) {
		return fmt.Errorf("the sync of %s is %s", summary.Organization, summary.State)
	}
	if missing := summary.Missing(accepted); len(missing) > 0 {
		return &missingError{fmt.Sprintf("what the token sees of %s was copied; missing is known to be: %s (--accept takes these codes)", summary.Organization, strings.Join(missing, ", "))}
	}
	return nil
}

// missingError says that something is known to be missing although nothing went
// wrong.
type missingError struct{ problem string }

func (e *missingError) Error() string { return e.problem }
