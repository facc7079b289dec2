package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"tributary/api"
	"tributary/models"
	"tributary/plain"
	"tributary/store"
	"tributary/workflows"
)

func verifyCommand() *cobra.Command {
	var v verification
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Compare the copy with GitHub, report what differs, and mend it",
		Long: `Compare the copy with GitHub, report what differs, and mend it.

The workers do it: they count what is stored of each repository against GitHub's
own totals, at three points for 100 repositories, and look at up to 500 rows of each
kind one by one, at one point for 100. Every verification takes the next rows, so
that each has its turn. One that is killed or held up by a rate limit goes on
where it was. A schedule does the same once a week, with --repair.

Without --repair nothing changes. With it, a row that GitHub proves to be gone
gets a tombstone, and a sync reads what is missing or outdated. That is waited for,
half an hour at most, and compared again: mended is what is equal then. Lost access
deletes nothing.

It needs TRIBUTARY_DATABASE_URL and Temporal, and at least one running worker.

Exit codes:
  0  nothing differs, or everything was mended
  1  something differs
  2  trouble: not everything could be compared`,
		Example: `  tributary verify
  tributary verify --org acme --repair
  tributary verify --json | jq '.organizations[].items[] | select(.finding == "missing")'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return trouble(fmt.Errorf("verify takes no arguments; --org names an organization"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			v.out, v.errors = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return trouble(v.run(cmd.Context()))
		},
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return trouble(err) })
	cmd.Flags().StringVar(&v.organization, "org", "", "verify only this organization")
	cmd.Flags().BoolVar(&v.repair, "repair", false, "mend what differs")
	cmd.Flags().BoolVar(&v.asJSON, "json", false, "print one JSON document")
	return cmd
}

// trouble gives exit code 2 to errors that have none.
func trouble(err error) error {
	var coded *exitError
	if err == nil || errors.As(err, &coded) {
		return err
	}
	return &exitError{code: 2, err: err}
}

// verification is one run of the command.
type verification struct {
	organization   string
	repair, asJSON bool
	out, errors    io.Writer

	db       *store.Store
	temporal client.Client
}

// verified is an organization with its verification.
type verified struct {
	Login string `json:"login"`
	api.VerificationDetail
}

// verifiedReport is what --json prints.
type verifiedReport struct {
	Organizations []verified `json:"organizations"`
	Drifts        int        `json:"drifts"`
	Repaired      int        `json:"repaired"`
	Skipped       int        `json:"skipped"`
}

func (v *verification) run(ctx context.Context) error {
	settings, err := load("DATABASE_URL")
	if err != nil {
		return err
	}
	v.db, err = connect(ctx, store.Config{URL: settings.DatabaseURL, Now: time.Now})
	if err != nil {
		return err
	}
	defer v.db.Close()
	if err := v.db.CheckSchema(ctx); err != nil {
		return err
	}
	organizations, err := v.organizations(ctx)
	if err != nil {
		return err
	}
	if v.temporal, _, err = dial(settings, slog.New(slog.DiscardHandler), nil); err != nil {
		return err
	}
	defer v.temporal.Close()
	if err := v.workers(ctx); err != nil {
		return err
	}
	report, err := v.verify(ctx, organizations)
	if err != nil {
		return err
	}
	if err := v.print(report); err != nil {
		return err
	}
	return v.verdict(report)
}

func (v *verification) organizations(ctx context.Context) ([]models.Organization, error) {
	all, err := v.db.ClaimedOrganizations(ctx)
	if err != nil {
		return nil, err
	}
	var chosen []models.Organization
	for _, o := range all {
		if o.IntegrationID != "" && (v.organization == "" || strings.EqualFold(o.Login, v.organization)) {
			chosen = append(chosen, o)
		}
	}
	switch {
	case len(chosen) > 0:
		return chosen, nil
	case v.organization != "":
		return nil, fmt.Errorf("--org: no integration ingests an organization %q", v.organization)
	}
	return nil, errors.New("no integration ingests an organization yet, so there is nothing to verify")
}

func (v *verification) workers(ctx context.Context) error {
	queue, err := api.UnpolledQueue(ctx, v.temporal, time.Now())
	if err == nil && queue != "" {
		err = fmt.Errorf("%s: no worker polls the task queue %s; start one with: tributary worker", models.WorkerDown, queue)
	}
	return err
}

// verify starts the verifications and waits for all of them.
func (v *verification) verify(ctx context.Context, organizations []models.Organization) (verifiedReport, error) {
	report := verifiedReport{Organizations: []verified{}}
	ids := make([]string, len(organizations))
	for i, o := range organizations {
		started, err := v.start(ctx, o)
		if err != nil {
			return report, err
		}
		ids[i] = started.ID
	}
	for i, o := range organizations {
		found, err := v.await(ctx, o, ids[i])
		if err != nil {
			return report, err
		}
		report.Organizations = append(report.Organizations, verified{o.Login, api.ViewReport(found, time.Now())})
		report.Drifts += found.Verification.Drifts
		report.Repaired += found.Verification.Repaired
		report.Skipped += found.Verification.Skipped
	}
	return report, nil
}

// start starts a verification, or joins the one that is running if it will do.
func (v *verification) start(ctx context.Context, o models.Organization) (models.Verification, error) {
	integration, err := v.db.Integration(ctx, o.IntegrationID)
	if err != nil {
		return models.Verification{}, err
	}
	if integration.Lifecycle != models.IntegrationActive {
		return models.Verification{}, fmt.Errorf("%s: integration %q is %s", o.Login, integration.Name, integration.Lifecycle)
	}
	started, err := api.StartVerification(ctx, v.db, v.temporal, o, v.repair)
	if !errors.Is(err, workflows.ErrVerifying) {
		return started, err
	}
	if started.ID == "" || v.repair && !started.Repair {
		return started, fmt.Errorf("%s: %w", o.Login, err)
	}
	plain.Fprintf(v.errors, "%s: verification %s is running already; its report follows\n", o.Login, started.ID)
	return started, nil
}

const (
	lookEvery = 300 * time.Millisecond
	// lineEvery is how often progress is told where lines cannot be overwritten.
	lineEvery = 30 * time.Second
	// workersEvery is how often a verification that does not move is checked for
	// workers.
	workersEvery = 15 * time.Second
)

// await shows progress until a verification has ended.
func (v *verification) await(ctx context.Context, o models.Organization, id string) (store.VerificationReport, error) {
	line := progressLine{out: v.errors, terminal: isTerminal(v.errors)}
	moved, last := time.Now(), models.Verification{}
	for {
		found, err := v.db.VerificationReport(ctx, id)
		if err != nil {
			return found, interrupted(ctx, id, err)
		}
		now := found.Verification
		line.show(o.Login, found)
		if now.State.Ended() {
			line.end()
			return found, nil
		}
		if last.State != now.State || last.Compared != now.Compared || last.Repositories != now.Repositories {
			moved, last = time.Now(), now
		}
		if time.Since(moved) > workersEvery {
			if err := v.workers(ctx); err != nil {
				line.end()
				return found, fmt.Errorf("%w; verification %s goes on when there is one", err, id)
			}
			moved = time.Now()
		}
		select {
		case <-time.After(lookEvery):
		case <-ctx.Done():
			line.end()
			return found, interrupted(ctx, id, ctx.Err())
		}
	}
}

func interrupted(ctx context.Context, id string, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return &exitError{codeInterrupted, fmt.Errorf("interrupted; verification %s goes on, and its report is kept with it", id)}
}

// progressLine tells how far a verification is, on one line of a terminal, or
// now and then where there is none.
type progressLine struct {
	out      io.Writer
	terminal bool
	text     string
	stuck    models.Code // why nothing moved when it was written
	at       time.Time
}

func (p *progressLine) show(login string, found store.VerificationReport) {
	v := found.Verification
	text := plain.Sprintf("%s: %d of %d repositories compared, %s", login, v.Repositories, found.Extent, counted(v.Drifts, "difference", "differences"))
	if v.WaitingUntil != nil && v.WaitingUntil.After(time.Now()) {
		text += ", waiting for GitHub's rate limit until " + v.WaitingUntil.Local().Format(time.TimeOnly)
	}
	if v.StuckCode != "" {
		text += plain.Sprintf(", held up by %s, which is tried again: %s", v.StuckCode, v.StuckError)
	}
	if text == p.text || !p.terminal && !v.State.Ended() && v.StuckCode == p.stuck && time.Since(p.at) < lineEvery {
		return
	}
	if p.terminal {
		fmt.Fprintf(p.out, "\r\x1b[K%s", text)
	} else {
		fmt.Fprintln(p.out, text)
	}
	p.text, p.stuck, p.at = text, v.StuckCode, time.Now()
}

func (p *progressLine) end() {
	if p.terminal && p.text != "" {
		fmt.Fprintln(p.out)
	}
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok || os.Getenv("CI") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (v *verification) print(report verifiedReport) error {
	if v.asJSON {
		encoder := json.NewEncoder(v.out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(report)
	}
	for _, o := range report.Organizations {
		if err := printDrifts(v.out, o); err != nil {
			return err
		}
		fmt.Fprintln(v.out, summary(o))
	}
	return nil
}

// mended says in words how far a difference is repaired.
var mended = map[models.Repair]string{
	models.NotAsked: "no", models.Queued: "queued: the next sync reads it", models.Mended: "yes", models.NotMended: "no, it differs still",
}

func printDrifts(out io.Writer, o verified) error {
	if len(o.Items) == 0 {
		return nil
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "REPOSITORY\tKIND\tWHICH\tFINDING\tWHY\tMENDED")
	for _, d := range o.Items {
		plain.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", d.Repository, d.Kind, cmp.Or(d.Subject, "all"), d.Finding, d.Reason, mended[d.Repair])
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if more := o.Drifts - len(o.Items); more > 0 {
		fmt.Fprintf(out, "… and %d more: SELECT * FROM drifts WHERE verification_id = '%s'\n", more, o.ID)
	}
	return nil
}

func summary(o verified) string {
	text := plain.Sprintf("%s: %s, %s and %s compared for %s and %s: %s", o.Login, o.State,
		counted(o.Repositories, "repository", "repositories"), counted(o.Compared, "row", "rows"),
		counted(o.Usage.Requests, "request", "requests"), counted(o.Usage.GraphQLPoints, "point", "points"), counted(o.Drifts, "difference", "differences"))
	if o.Drifts > 0 {
		text += fmt.Sprintf(", %d mended", o.Repaired)
	}
	if o.Skipped > 0 {
		text += fmt.Sprintf("; not counted: %s, which the next sync reads anyway", counted(o.Skipped, "stream", "streams"))
	}
	if o.Cause != nil {
		text += plain.Sprintf("\n%s: %s: %s", o.Login, o.Cause.Code, o.Cause.Detail)
	}
	return text
}

// verdict is the exit code.
func (v *verification) verdict(report verifiedReport) error {
	for _, o := range report.Organizations {
		if o.State != models.SyncCompleted {
			return trouble(fmt.Errorf("the verification of %s is %s: not everything was compared", o.Login, o.State))
		}
	}
	left := report.Drifts - report.Repaired
	if left == 0 {
		return nil
	}
	advice := "; --repair mends them"
	if v.repair {
		advice = "" // it has said of each what became of it
	}
	return &exitError{code: 1, err: fmt.Errorf("the copy differs from GitHub in %s%s", counted(left, "place", "places"), advice)}
}
