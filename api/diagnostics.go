package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
	"tributary/workflows"
)

// Diagnostics are what the checks of an integration found the last time.
type Diagnostics struct {
	Running   bool       `json:"running" doc:"The checks are being made now: items that are younger than checked_at are what was found by now, the others of the last time."`
	CheckedAt *time.Time `json:"checked_at,omitempty" doc:"When they ended the last time. Absent before the first time."`
	Counts    Severities `json:"counts"`
	Items     []Check    `json:"items" nullable:"false" doc:"The worst first."`
}

// Severities are how many checks ended how.
type Severities struct {
	Error   int `json:"error" doc:"Something has stopped." example:"1"`
	Warning int `json:"warning" doc:"Something will stop, or is not as it could be."`
	Info    int `json:"info" doc:"Worth knowing; nothing needs to be done." example:"2"`
	OK      int `json:"ok" example:"11"`
}

// Check is something that was looked at, and what was found.
type Check struct {
	Name           string               `json:"name" doc:"Which check." example:"access"`
	Group          CheckGroup           `json:"group" enum:"platform,credential,organizations,repositories,rate_limit" example:"organizations"`
	OrganizationID int64                `json:"organization_id,omitempty" doc:"Absent when the check concerns no single organization." example:"583231"`
	Organization   string               `json:"organization,omitempty" example:"octo-org"`
	Severity       models.Severity      `json:"severity" enum:"ok,info,warning,error" example:"error"`
	Code           models.Code          `json:"code,omitempty" doc:"Absent when there is nothing to say." example:"sso_required"`
	Title          string               `json:"title" doc:"The code in words; what was looked at where there is none." example:"Single sign-on must be authorized"`
	Detail         string               `json:"detail" doc:"What was found." example:"Resource protected by organization SAML enforcement."`
	Effect         string               `json:"effect,omitempty" doc:"What stops because of it." example:"Nothing of the organization is read. What is stored stays."`
	Remediation    *problem.Remediation `json:"remediation,omitempty" doc:"What to do, where and who, if anything."`
	Evidence       *Evidence            `json:"evidence,omitempty" doc:"Which answer of GitHub says so. Absent when the database says it."`
	CheckedAt      time.Time            `json:"checked_at"`
}

// Evidence is the answer of GitHub that a check relies on.
type Evidence struct {
	Endpoint string   `json:"endpoint" doc:"Method and path." example:"GET /organizations/583231/repos"`
	Status   int      `json:"status" doc:"Of HTTP." example:"403"`
	Headers  []string `json:"headers" nullable:"false" doc:"The names of the headers that told. Values are not kept." example:"[\"X-GitHub-SSO\"]"`
}

// CheckGroup is what a check is about.
type CheckGroup string

// The groups of checks, in the order in which people read them.
const (
	GroupPlatform      CheckGroup = "platform" // this installation itself
	GroupCredential    CheckGroup = "credential"
	GroupOrganizations CheckGroup = "organizations"
	GroupRepositories  CheckGroup = "repositories"
	GroupRateLimit     CheckGroup = "rate_limit"
)

// checks says of each check what it looks at. Those that find several kinds of
// trouble have the code behind their name.
var checks = map[string]struct {
	group CheckGroup
	title string
}{
	"credential":           {GroupCredential, "The credential"},
	"credential_expiry":    {GroupCredential, "The end of the credential"},
	"credential_scopes":    {GroupCredential, "Scopes"},
	"organizations":        {GroupOrganizations, "The list of organizations"},
	"access":               {GroupOrganizations, "Access"},
	"role":                 {GroupOrganizations, "The account's role"},
	"installation":         {GroupOrganizations, "The installation of the GitHub App"},
	"permissions":          {GroupOrganizations, "Permissions"},
	"private_repositories": {GroupOrganizations, "Private repositories"},
	"webhooks":             {GroupOrganizations, "Webhooks"},
	"organization":         {GroupOrganizations, "What GitHub names"},
	"imported":             {GroupRepositories, "Imported repositories"},
	"repositories":         {GroupRepositories, "Access to repositories"},
	"streams":              {GroupRepositories, "Reading"},
	"rows":                 {GroupRepositories, "Details"},
	"freshness":            {GroupRepositories, "Freshness"},
	"rate_limit":           {GroupRateLimit, "The rate limit"},
	"graphql":              {GroupRateLimit, "Queries"},

	"database":    {GroupPlatform, "The database"},
	"schema":      {GroupPlatform, "The database's schema"},
	"secrets":     {GroupPlatform, "Secrets"},
	"temporal":    {GroupPlatform, "Temporal"},
	"workers":     {GroupPlatform, "Workers"},
	"syncs":       {GroupPlatform, "Syncs that wait"},
	"github":      {GroupPlatform, "The way to GitHub"},
	"encryption":  {GroupPlatform, "Encryption"},
	"clock":       {GroupPlatform, "The clock"},
	"github_app":  {GroupPlatform, "The GitHub App"},
	"public_url":  {GroupPlatform, "The public address"},
	"diagnostics": {GroupPlatform, "The checks of integrations"},
}

// ViewCheck is what a check found as the API shows it. The login of its
// organization may be empty.
func ViewCheck(d models.Diagnostic, login string) Check {
	name := d.Name
	if d.Code != "" {
		name = strings.TrimSuffix(name, "_"+string(d.Code))
	}
	check := Check{
		Name: d.Name, Group: checks[name].group, OrganizationID: d.OrganizationID, Organization: login,
		Severity: d.Severity, Code: d.Code, Title: checks[name].title, Detail: d.Detail, CheckedAt: d.CheckedAt,
	}
	if cause := problem.OptionalCause(d.Code, d.Detail, d.RemedyURL); cause != nil {
		check.Title, check.Detail, check.Effect, check.Remediation = cause.Title, cause.Detail, problem.RemedyFor(d.Code).Effect, &cause.Remediation
	}
	if d.Endpoint != "" {
		check.Evidence = &Evidence{Endpoint: d.Endpoint, Status: d.Status, Headers: append([]string{}, d.Headers...)}
	}
	return check
}

// ViewDiagnostics is what the checks of an integration found, as the API shows it.
func ViewDiagnostics(integration models.Integration, found []store.DiagnosticView) Diagnostics {
	view := Diagnostics{CheckedAt: integration.DiagnosedAt}
	view.Items = views(found, func(d store.DiagnosticView) Check { return ViewCheck(d.Diagnostic, d.Login) })
	for _, check := range view.Items {
		view.Counts.Add(check.Severity)
	}
	return view
}

// Add counts a check.
func (s *Severities) Add(severity models.Severity) {
	switch severity {
	case models.SeverityError:
		s.Error++
	case models.SeverityWarning:
		s.Warning++
	case models.SeverityInfo:
		s.Info++
	default:
		s.OK++
	}
}

func (s *server) registerDiagnostics() {
	door.Register(s.door, huma.Operation{
		OperationID: "list-diagnostics", Method: http.MethodGet, Path: "/integrations/{id}/diagnostics", Tags: []string{"diagnostics"},
		Summary: "List what the checks of an integration found",
		Description: "Every check is listed, also those that found nothing wrong: what is wrong, how it was noticed, what stops because of it, and who mends it where. " +
			"They are made once a day, and when somebody asks.",
	}, []models.Code{problem.NotFound}, s.listDiagnostics)
	door.Register(s.door, huma.Operation{
		OperationID: "run-diagnostics", Method: http.MethodPost, Path: "/integrations/{id}/diagnostics/run", Tags: []string{"diagnostics"},
		DefaultStatus: http.StatusAccepted,
		Summary:       "Check an integration now",
		Description: "Answers at once; the checks take some seconds, and those that are being made already will do. " +
			"An organization that turns out to be readable again is synced by itself.",
	}, []models.Code{problem.NotFound, problem.IntegrationDeleting, problem.TemporalDown}, s.runDiagnostics)
}

type diagnosticsOut struct{ Body Diagnostics }

func (s *server) listDiagnostics(ctx context.Context, in *IntegrationPath) (*diagnosticsOut, error) {
	integration, err := s.Store.Integration(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	found, err := s.Store.Diagnostics(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	view := ViewDiagnostics(integration, found)
	// What was found stays worth reading while Temporal is away.
	err = s.askTemporal(ctx, func(ctx context.Context) (err error) {
		view.Running, err = workflows.Diagnosing(ctx, s.Temporal, in.ID)
		return err
	})
	if err != nil && ctx.Err() == nil {
		s.Logger.WarnContext(ctx, "not known whether checks are being made", "error", err, "request_id", door.RequestID(ctx))
	}
	return &diagnosticsOut{Body: view}, nil
}

func (s *server) runDiagnostics(ctx context.Context, in *IntegrationPath) (*diagnosticsOut, error) {
	integration, err := s.Store.Integration(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if integration.Lifecycle == models.IntegrationDeleting {
		return nil, problem.New(problem.IntegrationDeleting, "")
	}
	organizations, err := s.Store.IngestedOrganizations(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	err = s.askTemporal(ctx, func(ctx context.Context) error {
		_, err := workflows.StartDiagnose(ctx, s.Temporal, integration, organizations)
		return err
	})
	if err != nil {
		return nil, err
	}
	found, err := s.Store.Diagnostics(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	view := ViewDiagnostics(integration, found)
	view.Running = true
	return &diagnosticsOut{Body: view}, nil
}
