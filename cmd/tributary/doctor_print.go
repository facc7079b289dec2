package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"tributary/api"
	"tributary/api/problem"
	"tributary/models"
	"tributary/plain"
)

// printReport writes for people: one line for all that is well, and below each line
// of what is not why, what stops, what to do, who and where.
func printReport(out io.Writer, report doctorReport) error {
	p := &printer{out: out}
	p.section("This installation", report.Installation)
	for _, i := range report.Integrations {
		p.section(headingOf(i), i.Items)
	}
	if report.Counts.Error+report.Counts.Warning == 0 { // else the error that follows says it
		p.line("%s", verdictOf(report.Counts))
	}
	return p.err
}

func headingOf(i doctorIntegration) string {
	heading := i.Name
	if i.Lifecycle != models.IntegrationActive {
		heading += " (" + string(i.Lifecycle) + ")"
	}
	if i.CheckedAt == nil {
		return heading + ", not checked yet"
	}
	return heading + ", checked at " + i.CheckedAt.UTC().Format("2006-01-02 15:04:05 UTC")
}

type printer struct {
	out io.Writer
	err error // the first one
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = plain.Fprintf(p.out, format+"\n", args...)
	}
}

func (p *printer) section(heading string, checks []api.Check) {
	p.line("%s", heading)
	width := 0
	for _, check := range checks {
		width = max(width, utf8.RuneCountInString(check.Organization))
	}
	if width > 0 {
		width += 2
	}
	var fine []api.Check
	for _, check := range checks {
		if check.Severity == models.SeverityOK {
			fine = append(fine, check)
			continue
		}
		p.check(check, width)
	}
	p.fine(fine, width)
	p.line("")
}

// fine names what is well; --json has the details. A single check says what it found.
func (p *printer) fine(checks []api.Check, width int) {
	if len(checks) == 1 {
		p.check(checks[0], width)
	}
	if len(checks) < 2 {
		return
	}
	times := map[string]int{}
	var titles []string
	for _, check := range checks {
		if times[check.Title]++; times[check.Title] == 1 {
			titles = append(titles, check.Title)
		}
	}
	for i, title := range titles {
		if n := times[title]; n > 1 {
			titles[i] = fmt.Sprintf("%s (%d)", title, n)
		}
	}
	p.line("  %-*s%d checks: %s", severityWidth, models.SeverityOK, len(checks), strings.Join(titles, ", "))
}

// severityWidth is that of the longest severity and the space behind it.
const severityWidth = len("warning") + 2

func (p *printer) check(check api.Check, width int) {
	begin := fmt.Sprintf("  %-*s", severityWidth, check.Severity) +
		check.Organization + strings.Repeat(" ", width-utf8.RuneCountInString(check.Organization))
	if check.Code == "" {
		p.line("%s%s: %s", begin, check.Title, check.Detail)
		return
	}
	p.line("%s%s (%s)", begin, check.Title, check.Code)
	indent := strings.Repeat(" ", 2+severityWidth+width)
	for _, part := range []struct{ name, text string }{
		{"why", check.Detail}, {"stops", check.Effect}, {"do", check.Remediation.Text},
		{"who", whoOf(check)}, {"where", check.Remediation.URL}, {"seen", evidenceOf(check.Evidence)},
	} {
		if part.text != "" {
			p.line("%s%-7s%s", indent, part.name, part.text)
		}
	}
}

func whoOf(check api.Check) string {
	switch check.Remediation.Who {
	case problem.OrgOwner:
		if check.Organization != "" {
			return "an owner of " + check.Organization
		}
		return "an owner of the organization"
	case problem.Operator:
		return "whoever runs this installation"
	}
	return "you"
}

func evidenceOf(e *api.Evidence) string {
	if e == nil {
		return ""
	}
	text := fmt.Sprintf("%s answered %d", e.Endpoint, e.Status)
	if e.Status == 0 {
		text = e.Endpoint + " had no answer"
	}
	if len(e.Headers) > 0 {
		text += " with " + strings.Join(e.Headers, ", ")
	}
	return text
}

// verdictOf sums up.
func verdictOf(counts api.Severities) string {
	if counts.Error+counts.Warning == 0 {
		return "All is well: " + counted(counts.OK+counts.Info, "check", "checks") + "."
	}
	return fmt.Sprintf("%s, %s; %d fine.", counted(counts.Error, "error", "errors"), counted(counts.Warning, "warning", "warnings"), counts.OK+counts.Info)
}

// counted is a number of things.
func counted[N int | int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
