// Package command has the commands of tributary-dev. They are a package of their
// own so that tests can run them as processes: flags, signals, exit codes and all.
package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"tributary/config"
	"tributary/dev/ingest"
	"tributary/dev/progress"
	"tributary/dev/stack"
	"tributary/dev/temporal"
	"tributary/models"
	"tributary/plain"
	"tributary/version"
)

// Main runs the command that the arguments of this process name and returns its
// exit code.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := root().ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	code := exitCode(err)
	if code == interrupted {
		err = errors.New("interrupted; the next run goes on where this one was")
	}
	// It may repeat what somebody else wrote; the line breaks are ours.
	progress.Say(os.Stderr, "tributary-dev: "+plain.Lines(err.Error()))
	return code
}

// interrupted is what a shell says of Ctrl-C.
const interrupted = 130

// exitCode is 2 for a setting, a flag or a port that the user has to change, also where
// GitHub alone knew that the organization is none, and 3 for what is known to be missing.
func exitCode(err error) int {
	var setting *config.Error
	var port *temporal.PortError
	var open *temporal.LoopbackError
	var usage *usageError
	var missing *missingError
	var keys *stack.KeyFileError
	var refused *ingest.RefusedError
	switch {
	case errors.As(err, &setting), errors.As(err, &port), errors.As(err, &open), errors.As(err, &usage), errors.As(err, &keys):
		return 2
	case errors.As(err, &refused) && refused.Cause.Code == models.OrganizationUnknown:
		return 2
	case errors.As(err, &missing):
		return 3
	case errors.Is(err, context.Canceled):
		return interrupted
	}
	return 1
}

// usageError is a flag that is missing or wrong.
type usageError struct{ problem string }

func (e *usageError) Error() string { return e.problem }

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tributary-dev",
		Short: "Tributary in one process, with Temporal inside",
		Long: `Tributary in one process, with Temporal inside.

  tributary-dev demo                    ingest a simulated organization and look around
  tributary-dev ingest --org acme       copy an organization into SQL, show the progress, exit
  tributary-dev up                      keep everything running

Everything is kept in the folder .tributary (--data), which one process at a time
may use. A command that was stopped goes on where it was.`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version.String(),
		Args:          noArguments,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		SuggestionsMinimumDistance: 2,
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err.Error()} })
	cmd.AddCommand(upCommand(), demoCommand(), ingestCommand(), temporalCommand())
	refuseMore(cmd)
	return cmd
}

// refuseMore makes the commands that cobra adds by itself refuse arguments as ours do.
func refuseMore(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	completion, _, _ := root.Find([]string{"completion"}) // it is there
	completion.SuggestionsMinimumDistance = 2
	completion.Args, completion.RunE = noArguments, func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	for _, shell := range completion.Commands() {
		shell.Args = noArguments
	}
}

// noArguments refuses whatever is left over, and says what a misspelt command may have
// meant.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := cmd.CommandPath() + " --help says what it does"
	if meant := cmd.SuggestionsFor(args[0]); len(meant) > 0 {
		hint = "did you mean " + cmd.CommandPath() + " " + meant[0] + "?"
	}
	return &usageError{fmt.Sprintf("%s knows no %q: %s", cmd.CommandPath(), args[0], hint)}
}

func environment() map[string]string {
	variables := map[string]string{}
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		variables[name] = value
	}
	return variables
}
