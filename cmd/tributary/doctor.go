package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"tributary/api"
	"tributary/api/problem"
	"tributary/config"
	"tributary/models"
	"tributary/store"
	"tributary/workflows"
)

func doctorCommand() *cobra.Command {
	var d doctor
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check this installation and every integration, and say who mends what",
		Long: `Check this installation and every integration, and say who mends what.

It looks first at the installation: the database and its schema, the keys that
open credentials, Temporal, workers on every task queue, GitHub and the clock, the
GitHub App if there is one, the public address. Then it lets a worker check each
integration, and lists what was found, the worst first: what is wrong, why, what
stops because of it, who mends it, and where. GET /integrations/{id}/diagnostics
lists the same. No credential is ever printed.

With --offline nothing is asked of workers or of GitHub: it lists what was found
the last time.

It needs the settings of a worker, at least TRIBUTARY_DATABASE_URL.

Exit codes:
  0  all is well, or at most worth knowing
  1  something is wrong: there are errors or warnings
  2  trouble: a setting is wrong, or there is no such integration`,
		Example: `  tributary doctor
  tributary doctor --integration "GitHub – octocat"
  tributary doctor --json | jq '.integrations[].items[] | select(.severity == "error")'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return trouble(errors.New("doctor takes no arguments; --integration names an integration"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			d.out = cmd.OutOrStdout()
			return trouble(d.run(cmd.Context()))
		},
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return trouble(err) })
	cmd.Flags().StringVar(&d.integration, "integration", "", "look at this integration only")
	cmd.Flags().BoolVar(&d.offline, "offline", false, "list what is known already, and ask nobody")
	cmd.Flags().BoolVar(&d.asJSON, "json", false, "print one JSON document")
	return cmd
}

// doctor is one run of the command.
type doctor struct {
	integration     string
	offline, asJSON bool
	out             io.Writer

	settings config.Config
	db       *store.Store  // nil when it cannot be used
	temporal client.Client // nil when there is nobody to ask
	report   doctorReport
}

// doctorReport is what --json prints.
type doctorReport struct {
	Counts       api.Severities      `json:"counts"`
	Installation []api.Check         `json:"installation"`
	Integrations []doctorIntegration `json:"integrations"`
}

// doctorIntegration is an integration with what its checks found.
type doctorIntegration struct {
	ID        string           `json:"id"`
	Name      string           `json:"name"`
	Lifecycle models.Lifecycle `json:"lifecycle"`
	api.Diagnostics
}

func (d *doctor) run(ctx context.Context) (err error) {
	if d.settings, err = load("DATABASE_URL"); err != nil {
		return err
	}
	d.report = doctorReport{Installation: []api.Check{}, Integrations: []doctorIntegration{}}
	defer d.close()
	if err := d.checkInstallation(ctx); err != nil {
		return err
	}
	if d.db != nil {
		if err := d.checkIntegrations(ctx); err != nil {
			return err
		}
	}
	d.count()
	if err := d.print(); err != nil {
		return err
	}
	if counts := d.report.Counts; counts.Error+counts.Warning > 0 {
		return &exitError{code: 1, err: fmt.Errorf("%s", verdictOf(counts))}
	}
	return nil
}

func (d *doctor) close() {
	if d.temporal != nil {
		d.temporal.Close()
	}
	if d.db != nil {
		_ = d.db.Close()
	}
}

// found adds a check of the installation itself.
func (d *doctor) found(row models.Diagnostic) {
	row.CheckedAt = time.Now().UTC()
	d.report.Installation = append(d.report.Installation, api.ViewCheck(row, ""))
}

func well(name, detail string) models.Diagnostic {
	return models.Diagnostic{Name: name, Severity: models.SeverityOK, Detail: detail}
}

func wrong(name string, code models.Code, err error) models.Diagnostic {
	return models.Diagnostic{Name: name, Severity: models.SeverityError, Code: code, Detail: err.Error()}
}

func (d *doctor) checkIntegrations(ctx context.Context) error {
	integrations, err := d.integrations(ctx)
	if err != nil {
		return err
	}
	if d.temporal != nil {
		if err := d.diagnose(ctx, integrations); err != nil {
			return err
		}
	}
	for _, i := range integrations {
		if i, err = d.db.Integration(ctx, i.ID); errors.Is(err, store.ErrNotFound) {
			continue // deleted meanwhile
		}
		if err != nil {
			return err
		}
		found, err := d.db.Diagnostics(ctx, i.ID)
		if err != nil {
			return err
		}
		d.report.Integrations = append(d.report.Integrations, doctorIntegration{i.ID, i.Name, i.Lifecycle, api.ViewDiagnostics(i, found)})
	}
	slices.SortStableFunc(d.report.Integrations, func(a, b doctorIntegration) int {
		return cmp.Or(cmp.Compare(b.Counts.Error, a.Counts.Error), cmp.Compare(b.Counts.Warning, a.Counts.Warning))
	})
	return nil
}

func (d *doctor) integrations(ctx context.Context) ([]models.Integration, error) {
	if d.integration == "" {
		return d.db.Integrations(ctx)
	}
	found, err := d.db.IntegrationByName(ctx, d.integration)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("--integration: there is no integration %q", d.integration)
	}
	return []models.Integration{found}, err
}

// diagnoseTime is what the checks of all integrations get; what takes longer
// goes on by itself.
const diagnoseTime = 2 * time.Minute

// diagnose lets workers check the integrations, and waits for them.
func (d *doctor) diagnose(ctx context.Context, integrations []models.Integration) error {
	ctx, cancel := context.WithTimeout(ctx, diagnoseTime)
	defer cancel()
	runs := make([]client.WorkflowRun, len(integrations))
	for i, integration := range integrations {
		if integration.Lifecycle == models.IntegrationDeleting {
			continue
		}
		organizations, err := d.db.IngestedOrganizations(ctx, integration.ID)
		if err != nil {
			return err
		}
		run, err := workflows.StartDiagnose(ctx, d.temporal, integration, organizations)
		if err != nil {
			return err
		}
		runs[i] = run
	}
	for i, run := range runs {
		if run == nil {
			continue
		}
		err := run.Get(ctx, nil)
		if errors.Is(ctx.Err(), context.Canceled) {
			return errors.New("interrupted; the checks go on")
		}
		if err != nil {
			d.found(wrong("diagnostics", problem.Internal, fmt.Errorf("integration %q could not be checked: %w", integrations[i].Name, err)))
		}
	}
	return nil
}

func (d *doctor) count() {
	slices.SortStableFunc(d.report.Installation, func(a, b api.Check) int { return cmp.Compare(rank(a.Severity), rank(b.Severity)) })
	for _, check := range d.report.Installation {
		d.report.Counts.Add(check.Severity)
	}
	for _, i := range d.report.Integrations {
		for _, check := range i.Items {
			d.report.Counts.Add(check.Severity)
		}
	}
}

func rank(s models.Severity) int {
	return slices.Index([]models.Severity{models.SeverityError, models.SeverityWarning, models.SeverityInfo, models.SeverityOK}, s)
}

func (d *doctor) print() error {
	if d.asJSON {
		encoder := json.NewEncoder(d.out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(d.report)
	}
	return printReport(d.out, d.report)
}

// quiet is for clients whose own words would stand between ours.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
