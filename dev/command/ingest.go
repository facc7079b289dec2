package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"tributary/dev/ingest"
	"tributary/dev/progress"
	"tributary/dev/stack"
	"tributary/models"
)

func ingestCommand() *cobra.Command {
	var p places
	var organization, tokenVariable string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "ingest --org ORGANIZATION",
		Short: "Copy an organization into SQL, show the progress, exit",
		Long: `Copy an organization into SQL, show the progress, exit.

The first run reads everything; later ones read what has changed. A run that was
stopped, killed or held up by a rate limit is continued by the next.

The token comes from an environment variable, GITHUB_TOKEN unless --token-env
names another: a classic token with the scopes repo and read:org, or a
fine-grained one with read access to contents, issues, metadata and pull requests.`,
		Example: `  GITHUB_TOKEN=ghp_… tributary-dev ingest --org acme
  tributary-dev ingest --org acme --database-url postgres://localhost/tributary --json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if organization == "" {
				return &usageError{"--org is missing: it names the GitHub organization to copy, for example --org acme"}
			}
			token := os.Getenv(tokenVariable)
			if token == "" {
				return &usageError{fmt.Sprintf("%s is not set: it holds the GitHub token, for example %s=ghp_…", tokenVariable, tokenVariable)}
			}
			log, file, err := logFile(p.data)
			if err != nil {
				return err
			}
			defer file.Close()
			config, err := p.stack(log)
			if err != nil {
				return err
			}
			return stack.Run(cmd.Context(), config, func(ctx context.Context, s *stack.Stack) error {
				summary, err := runIngest(ctx, s, organization, token)
				if err != nil {
					return err
				}
				if asJSON {
					return writeJSON(cmd.OutOrStdout(), summary)
				}
				if err := summary.Write(cmd.OutOrStdout()); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "  database  %s\n", s.Database)
				return complete(summary)
			})
		},
	}
	p.flags(cmd, anyPort, anyPort, anyPort)
	p.sourceFlags(cmd)
	cmd.Flags().StringVar(&organization, "org", "", "the organization to copy")
	cmd.Flags().StringVar(&tokenVariable, "token-env", "GITHUB_TOKEN", "environment variable that holds the token")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the summary as one line of JSON, the last one")
	return cmd
}

// runIngest shows the progress on stderr, so that stdout has the summary only.
func runIngest(ctx context.Context, s *stack.Stack, organization, token string) (ingest.Summary, error) {
	return ingest.Run(ctx, ingest.Options{
		APIURL:       s.APIURL,
		Organization: organization,
		Token:        token,
		Progress:     progress.New(os.Stderr, os.Getenv, time.Now),
	})
}

// complete is an error unless everything was copied: scripts look at the exit
// code.
func complete(summary ingest.Summary) error {
	if summary.State == models.SyncCompleted {
		return nil
	}
	return fmt.Errorf("the sync of %s is %s", summary.Organization, summary.State)
}

func writeJSON(out io.Writer, summary ingest.Summary) error {
	if err := json.NewEncoder(out).Encode(summary); err != nil {
		return err
	}
	return complete(summary)
}
