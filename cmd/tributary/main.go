// Command tributary is the production binary: the API, the worker and what an
// operator runs beside them. For one machine without Temporal and Postgres
// there is dev/.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"tributary/config"
	"tributary/plain"
	"tributary/version"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := root().ExecuteContext(ctx); err != nil {
		code := exitCode(err)
		if errors.Is(err, context.Canceled) {
			err = errors.New("interrupted")
		}
		complain(os.Stderr, err)
		os.Exit(code)
	}
}

// complain prints an error as far as it can be seen: it may repeat what somebody
// else wrote. The line breaks are ours.
func complain(out io.Writer, err error) {
	fmt.Fprintln(out, "tributary:", plain.Lines(err.Error()))
}

// codeInterrupted is what a shell says of Ctrl-C.
const codeInterrupted = 130

// exitCode is 2 for a setting, a flag or an argument that the user has to change. Some
// commands have codes of their own.
func exitCode(err error) int {
	var setting *config.Error
	var failed *exitError
	switch {
	case errors.Is(err, context.Canceled):
		return codeInterrupted
	case errors.As(err, &failed):
		return failed.code
	case errors.As(err, &setting):
		return 2
	}
	return 1
}

// exitError is an error with the exit code that a command's help promises.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

func root() *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "tributary",
		Short: "Keep a complete and fresh copy of GitHub organizations in SQL",
		Long: `Tributary keeps a complete and fresh copy of GitHub organizations in SQL.

A production set-up runs one "tributary api" and any number of "tributary worker"
against one Postgres database and one Temporal namespace, after "tributary migrate".

All settings come from the environment:

` + config.Describe() + `
Each may end in _FILE to name a file that holds the value.

How Temporal is reached is set as for every program of Temporal's: TEMPORAL_TLS,
TEMPORAL_TLS_SERVER_CA_CERT_PATH, TEMPORAL_TLS_CLIENT_CERT_PATH,
TEMPORAL_TLS_CLIENT_KEY_PATH, TEMPORAL_TLS_SERVER_NAME, TEMPORAL_API_KEY, or a
profile of temporal.toml (TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE).`,
		Version:       version.String(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}, apiCommand(), workerCommand(), migrateCommand(), verifyCommand(), doctorCommand(), tokenCommand(), secretsCommand(), openAPICommand(), healthcheckCommand())
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return trouble(err) })
	refuseMore(cmd)
	return cmd
}

// refuseMore makes the commands that cobra adds by itself refuse arguments as ours do.
func refuseMore(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	completion, _, _ := root.Find([]string{"completion"}) // it is there
	for _, shell := range group(completion).Commands() {
		shell.Args = noArguments
	}
}

// group is a command that does nothing but lead to others.
func group(cmd *cobra.Command, others ...*cobra.Command) *cobra.Command {
	cmd.Args, cmd.RunE = noArguments, func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.SuggestionsMinimumDistance = 2
	cmd.AddCommand(others...)
	return cmd
}

// noArguments refuses whatever is left over, says what a misspelt command may have
// meant, and which flags are missing.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		if err := cmd.ValidateRequiredFlags(); err != nil {
			return trouble(err)
		}
		return nil
	}
	hint := cmd.CommandPath() + " --help says what it does"
	if meant := cmd.SuggestionsFor(args[0]); len(meant) > 0 {
		hint = "did you mean " + cmd.CommandPath() + " " + meant[0] + "?"
	}
	return trouble(fmt.Errorf("%s knows no %q: %s", cmd.CommandPath(), args[0], hint))
}

// load reads the settings and insists on those that a command needs.
func load(required ...string) (config.Config, error) {
	settings, err := config.Load(environment())
	if err != nil {
		return settings, err
	}
	return settings, settings.Require(required...)
}

func environment() map[string]string {
	variables := map[string]string{}
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		variables[name] = value
	}
	return variables
}
