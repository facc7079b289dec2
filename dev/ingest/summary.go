package ingest

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"tributary/api"
	"tributary/api/problem"
	"tributary/dev/progress"
	"tributary/models"
	"tributary/plain"
	"tributary/store"
)

// Summary is how an ingestion ended. Items are rows that are new or changed.
type Summary struct {
	Organization   string           `json:"organization"`
	State          models.SyncState `json:"state"`
	Repositories   int              `json:"repositories"` // in which something had changed
	Items          api.Counts       `json:"items"`
	Requests       int64            `json:"requests"`
	GraphQLPoints  int64            `json:"graphql_points"`
	Seconds        float64          `json:"seconds"`
	WaitedSeconds  float64          `json:"waited_seconds"` // for GitHub's limits
	ItemsPerSecond float64          `json:"items_per_second"`
	Failed         []Failure        `json:"failed"`
	Cause          *problem.Cause   `json:"cause,omitempty"`
	Gaps           []api.Gap        `json:"gaps"` // what is known to be missing

	sync api.Sync
}

// Failure is a repository that could not be read in full.
type Failure struct {
	Repository string        `json:"repository"`
	Cause      problem.Cause `json:"cause"`
}

func (c *client) summarize(ctx context.Context, organization string, sync api.Sync) (Summary, error) {
	s := Summary{
		Organization: organization, State: sync.State, Repositories: sync.Repositories, Items: sync.Stored,
		Requests: sync.Usage.Requests, GraphQLPoints: sync.Usage.GraphQLPoints, WaitedSeconds: sync.Usage.WaitedSeconds,
		Failed: []Failure{}, Cause: sync.Cause, sync: sync,
	}
	var gaps api.Items[api.Gap]
	if err := c.get(ctx, "/integrations/"+sync.IntegrationID+"/gaps", &gaps); err != nil {
		return s, err
	}
	s.Gaps = gaps.Items
	if sync.StartedAt != nil && sync.EndedAt != nil {
		s.Seconds = sync.EndedAt.Sub(*sync.StartedAt).Seconds()
		s.ItemsPerSecond = float64(items(sync.Stored)) / max(s.Seconds, 0.001)
	}
	if sync.Failed == 0 {
		return s, nil
	}
	var detailed api.SyncDetail
	if err := c.get(ctx, "/syncs/"+sync.ID, &detailed); err != nil {
		return s, err
	}
	for _, r := range detailed.Failures {
		if r.Cause != nil {
			s.Failed = append(s.Failed, Failure{Repository: r.FullName, Cause: *r.Cause})
		}
	}
	return s, nil
}

// Missing are the codes of what is known to be missing, but those that are
// accepted, each once.
func (s Summary) Missing(accepted []string) (codes []string) {
	for _, gap := range s.Gaps {
		if code := string(gap.Code); !slices.Contains(accepted, code) && !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	return codes
}

// Copied reports whether the sync read everything, but for repositories that
// failed for causes which are accepted.
func (s Summary) Copied(accepted []string) bool {
	left := slices.ContainsFunc(s.Failed, func(f Failure) bool { return !slices.Contains(accepted, string(f.Cause.Code)) })
	return s.State == models.SyncCompleted || s.State == models.SyncPartial && len(s.Failed) > 0 && !left
}

// Write prints the summary for people.
func (s Summary) Write(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	plain.Fprintf(w, "\n%s\t%s\n", s.Organization, s.State)
	fmt.Fprintf(w, "  repositories changed\t%s\n", number(s.Repositories))
	for _, table := range models.Reported() {
		fmt.Fprintf(w, "  %s\t%s\n", models.Words(table), progress.Number(s.Items[table]))
	}
	fmt.Fprintf(w, "  requests to GitHub\t%s\n  GraphQL points\t%s\n", progress.Number(s.Requests), progress.Number(s.GraphQLPoints))
	fmt.Fprintf(w, "  time\t%s\t(%s items a second; %s waited for limits)\n", took(s.Seconds), number(int(s.ItemsPerSecond)), took(s.WaitedSeconds))
	if err := w.Flush(); err != nil {
		return err
	}
	var wrong strings.Builder
	for _, f := range s.Failed {
		wrong.WriteString(paragraph("not complete: "+f.Repository, f.Cause))
	}
	for _, gap := range s.Gaps {
		wrong.WriteString(paragraph("missing: "+count(gap)+examples(gap), problem.Cause{Code: gap.Code, Detail: gap.Detail, Remediation: gap.Remediation}))
	}
	if s.Cause != nil {
		wrong.WriteString(paragraph("why:", *s.Cause))
	}
	_, err := io.WriteString(out, wrong.String())
	return err
}

// columns is the width of the oldest terminals, and of what people paste elsewhere.
const columns = 79

// paragraph says what is wrong and what to do, on lines that fit.
func paragraph(about string, c problem.Cause) string {
	text := progress.Words("  "+about, columns) + "\n" + progress.Words(fmt.Sprintf("    %s: %s", c.Code, c.Detail), columns) + "\n"
	for _, todo := range []string{c.Remediation.Text, c.Remediation.URL} {
		if todo != "" {
			text += progress.Words("    "+todo, columns) + "\n"
		}
	}
	return text
}

func took(seconds float64) string {
	return progress.Duration(time.Duration(seconds * float64(time.Second)))
}

// count says how much is missing.
func count(gap api.Gap) string {
	one := map[store.GapSubject]string{store.GapRepositories: "repository", store.GapStreams: "kind of record", store.GapRows: "row"}
	many := map[store.GapSubject]string{store.GapRepositories: "repositories", store.GapStreams: "kinds of record", store.GapRows: "rows"}
	switch {
	case gap.Subject == store.GapOrganization:
		return "of " + gap.Organization
	case gap.Count == 1:
		return "1 " + one[gap.Subject]
	}
	return number(gap.Count) + " " + many[gap.Subject]
}

func examples(gap api.Gap) string {
	if len(gap.Examples) == 0 {
		return ""
	}
	text := " (" + strings.Join(gap.Examples, ", ")
	if more := gap.Repositories - len(gap.Examples); more > 0 {
		text += " and " + number(more) + " more"
	}
	if gap.Since != nil {
		text += ", since " + gap.Since.Local().Format("2006-01-02 15:04 MST")
	}
	return text + ")"
}
