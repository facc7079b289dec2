package api

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/api/door"
	"tributary/api/openapi"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
	"tributary/workflows"
)

// Webhooks are those of an organization, or what they need.
type Webhooks struct {
	OrganizationID int64                  `json:"organization_id" example:"583231"`
	Organization   string                 `json:"organization" example:"octo-org"`
	Available      bool                   `json:"available" doc:"Every precondition is met." example:"true"`
	Preconditions  []Precondition         `json:"preconditions" nullable:"false"`
	Sources        []models.WebhookSource `json:"sources" nullable:"false" enum:"organization,repository,app" doc:"What can be switched on now, the best first. repository: one webhook for each imported repository, for an account that owns no organization and administers repositories; those that it does not administer say so." example:"[\"organization\"]"`
	Enabled        bool                   `json:"enabled" example:"true"`
	Health         models.WebhookHealth   `json:"health" enum:"off,unknown,healthy,failing" doc:"What the schedule goes by. unknown: nothing has arrived yet, or not every repository has its webhook." example:"healthy"`
	Cause          *problem.Cause         `json:"cause,omitempty" doc:"What is the matter with webhooks that are switched on, and what to do."`
	Hooks          []Hook                 `json:"hooks" nullable:"false" doc:"At GitHub; at most 100, those with trouble first."`
	HooksTotal     int                    `json:"hooks_total" example:"1"`
	Meter          *WebhookMeter          `json:"meter,omitempty" doc:"Absent while webhooks are switched off."`
	Freshness      *Freshness             `json:"freshness,omitempty" doc:"In the list only, and absent while nothing has arrived within an hour."`
}

// Precondition is something that webhooks need.
type Precondition struct {
	Code  models.Code    `json:"code" doc:"What is the matter when it is not met." example:"no_repo_imported"`
	Met   bool           `json:"met" example:"true"`
	Cause *problem.Cause `json:"cause,omitempty" doc:"Why it is not met, and what to do."`
}

// Hook is a webhook at GitHub.
type Hook struct {
	Source         models.WebhookSource `json:"source" enum:"organization,repository,app" example:"organization"`
	RepositoryID   int64                `json:"repository_id,omitempty" doc:"Of a repository's webhook." example:"1296269"`
	HookID         int64                `json:"hook_id,omitempty" doc:"GitHub's id; absent until GitHub has it, and for the App's." example:"12345678"`
	State          models.WebhookState  `json:"state" enum:"creating,active,failing,missing,altered,muted,removing" doc:"creating: GitHub is about to be told how it should be, which also gives it a new secret." example:"active"`
	URL            string               `json:"url" doc:"What GitHub delivers to. The App's is entered in its settings." example:"https://tributary.example.com/webhooks/github/AB3DEFGHIJKLMNOPQRSTUVWXYZ"`
	Events         []string             `json:"events" nullable:"false" doc:"What is delivered. Empty for the App's, which are chosen in its settings." example:"[\"push\"]"`
	Cause          *problem.Cause       `json:"cause,omitempty" doc:"Why it is not as it should be, or could not be looked after, and what to do."`
	CheckedAt      *time.Time           `json:"checked_at,omitempty" doc:"When GitHub was last asked about it."`
	PingedAt       *time.Time           `json:"pinged_at,omitempty" doc:"When a ping last arrived."`
	LastDeliveryAt *time.Time           `json:"last_delivery_at,omitempty"`
}

// WebhookMeter compares what happened at GitHub with what was delivered.
type WebhookMeter struct {
	Since       time.Time  `json:"since" doc:"When counting began." example:"2026-05-04T09:30:00Z"`
	Expected    int64      `json:"expected" doc:"Received, or known to be missing: not delivered, or a change that nothing announced." example:"1250"`
	Received    int64      `json:"received" example:"1240"`
	Undelivered int64      `json:"undelivered" doc:"What GitHub could not deliver." example:"7"`
	Redelivered int64      `json:"redelivered" doc:"What of that arrived later; it is among the received." example:"5"`
	Unannounced int64      `json:"unannounced" doc:"Repositories in which a sync found a change that nothing had announced." example:"8"`
	Repaired    int64      `json:"repaired" doc:"Delivered again, or found by a sync." example:"13"`
	GapSince    *time.Time `json:"gap_since,omitempty" doc:"Since when changes are not announced. Absent while they are."`
}

func (s *server) registerWebhooks() {
	unmet := map[string]*huma.Response{}
	for _, code := range []models.Code{models.ScopeMissing, models.AppPermissionPending} { // which elsewhere is a 422
		openapi.AddProblem(s.door.API.OpenAPI(), unmet, http.StatusConflict, code, problem.RemedyFor(code).Title+".")
	}
	door.Register(s.door, huma.Operation{
		OperationID: "list-webhooks", Method: http.MethodGet, Path: "/integrations/{id}/webhooks", Tags: []string{"integrations"},
		Summary: "List webhooks and what they need, by organization",
		Description: "The account must own the organization, a repository of it must be imported, and GitHub must be able to reach this installation. " +
			"With the GitHub App nobody needs to be an owner: its permissions must be accepted instead, and the secret of its webhook known here.",
	}, []models.Code{problem.NotFound}, s.listWebhooks)
	door.Register(s.door, huma.Operation{
		OperationID: "switch-webhooks", Method: http.MethodPut, Path: "/integrations/{id}/webhooks", Tags: []string{"integrations"},
		DefaultStatus: http.StatusAccepted, Responses: unmet,
		Summary: "Switch the webhooks of an organization on or off",
		Description: "On: a webhook is made at GitHub; one that is there is put right, so doing it again repairs. Off: it is deleted there. " +
			"Nothing depends on webhooks: what they do not announce is read by schedule. The answer waits some seconds for GitHub and says how far it is.",
	}, []models.Code{problem.NotFound, problem.IntegrationDeleting, problem.TemporalDown, models.NotOrgOwner, models.NoRepoImported, models.ReceiverNotPublic, models.HookSecretMissing}, s.switchWebhooks)
	door.Register(s.door, huma.Operation{
		OperationID: "ping-webhooks", Method: http.MethodPost, Path: "/integrations/{id}/webhooks/ping", Tags: []string{"integrations"},
		DefaultStatus: http.StatusAccepted,
		Summary:       "Let GitHub ping the webhooks of an organization",
		Description:   "Also checks them. The answer waits some seconds for the ping: pinged_at says when the latest arrived.",
	}, []models.Code{problem.NotFound, problem.WebhooksOff, problem.IntegrationDeleting, problem.TemporalDown}, s.pingWebhooks)
	door.Register(s.door, huma.Operation{
		OperationID: "rotate-webhooks", Method: http.MethodPost, Path: "/integrations/{id}/webhooks/rotate", Tags: []string{"integrations"},
		DefaultStatus: http.StatusAccepted,
		Summary:       "Replace the secrets of the webhooks of an organization",
		Description:   "Both secrets are accepted until GitHub has the new one and some minutes longer, so no delivery is lost. While the state is creating GitHub does not have it yet.",
	}, []models.Code{problem.NotFound, problem.WebhooksOff, problem.IntegrationDeleting, problem.TemporalDown}, s.rotateWebhooks)
}

type webhooksOut struct{ Body Items[Webhooks] }

func (s *server) listWebhooks(ctx context.Context, in *IntegrationPath) (*webhooksOut, error) {
	views, err := s.viewWebhooks(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &webhooksOut{Body: Items[Webhooks]{Items: views}}, s.addFreshness(ctx, in.ID, views)
}

// viewWebhooks are the webhooks of all organizations of an integration.
func (s *server) viewWebhooks(ctx context.Context, integrationID string) ([]Webhooks, error) {
	integration, err := s.Store.Integration(ctx, integrationID)
	if err != nil {
		return nil, err
	}
	connection, err := s.Store.Connection(ctx, integration.ConnectionID)
	if err != nil {
		return nil, err
	}
	seen, err := s.Store.ConnectionOrganizations(ctx, connection.ID)
	if err != nil {
		return nil, err
	}
	organizations, err := s.Store.IntegrationOrganizations(ctx, integrationID)
	if err != nil {
		return nil, err
	}
	hooks, err := s.Store.Webhooks(ctx, integrationID)
	if err != nil {
		return nil, err
	}
	var appSecrets []store.Secret
	if connection.Method == models.GitHubApp {
		if appSecrets, err = s.Methods.appSecrets(ctx); err != nil {
			return nil, err
		}
	}
	views := []Webhooks{}
	for _, o := range organizations {
		if claimedElsewhere(integrationID, o) {
			continue
		}
		its := slices.DeleteFunc(slices.Clone(hooks), func(hook models.Webhook) bool { return hook.OrganizationID != o.ID })
		views = append(views, s.viewWebhooksOf(o, connection, s.preconditions(appSecrets, connection, o, seen), its))
	}
	return views, nil
}

// shownHooks are more than people look through.
const shownHooks = 100

func (s *server) viewWebhooksOf(o store.IntegrationOrganization, connection models.Connection, preconditions []Precondition, hooks []models.Webhook) Webhooks {
	view := Webhooks{
		OrganizationID: o.ID, Organization: o.Login, Available: true, Preconditions: preconditions, Sources: []models.WebhookSource{},
		Health: models.HealthOf(hooks), Hooks: []Hook{}, HooksTotal: len(hooks),
	}
	for i, p := range preconditions {
		if !p.Met {
			view.Available, preconditions[i].Cause = false, problem.CauseOf(p.Code, "", "")
		}
	}
	view.Enabled = view.Health != models.WebhooksOff
	best := sourceOf(connection)
	if view.Available {
		view.Sources = append(view.Sources, best)
	}
	if best == models.OrganizationHook && o.Access.Readable() && !slices.ContainsFunc(preconditions[1:], func(p Precondition) bool { return !p.Met }) {
		view.Sources = append(view.Sources, models.RepositoryHook)
	}
	slices.SortStableFunc(hooks, func(a, b models.Webhook) int { return troubled(b) - troubled(a) })
	for _, hook := range hooks {
		if view.Cause == nil {
			view.Cause = problem.OptionalCause(hook.Trouble(), hook.Error, "")
		}
		if len(view.Hooks) < shownHooks {
			view.Hooks = append(view.Hooks, s.viewHook(hook))
		}
	}
	if view.Enabled {
		view.Meter = meterOf(hooks)
	}
	if nothing := o.Selections[models.Imported] == 0; view.Enabled && nothing && view.Cause == nil {
		view.Cause = problem.CauseOf(models.NoRepoImported, "Webhooks are switched on, and no repository of the organization is imported: what arrives is ignored.", "")
	}
	return view
}

func troubled(hook models.Webhook) int {
	if hook.Trouble() != "" {
		return 1
	}
	return 0
}

// sourceOf is what a connection has webhooks through, when it may.
func sourceOf(connection models.Connection) models.WebhookSource {
	if connection.Method == models.GitHubApp {
		return models.AppHook
	}
	return models.OrganizationHook
}

func (s *server) viewHook(hook models.Webhook) Hook {
	return Hook{
		Source: hook.Source, RepositoryID: hook.RepositoryID, HookID: hook.HookID, State: hook.State, URL: hook.Address(strings.TrimSuffix(s.PublicURL, "/")),
		Events: hook.Source.Events(), Cause: problem.OptionalCause(hook.Trouble(), hook.Error, ""),
		CheckedAt: hook.CheckedAt, PingedAt: hook.PingedAt, LastDeliveryAt: hook.LastDeliveryAt,
	}
}

// meterOf adds up the meters of an organization's hooks.
func meterOf(hooks []models.Webhook) *WebhookMeter {
	m := &WebhookMeter{}
	for _, hook := range hooks {
		if m.Since.IsZero() || hook.MeterSince.Before(m.Since) {
			m.Since = hook.MeterSince
		}
		m.Received += hook.Received
		m.Undelivered += hook.Undelivered
		m.Redelivered += hook.Redelivered
		m.Unannounced += hook.Unannounced
		if hook.GapSince != nil && (m.GapSince == nil || hook.GapSince.Before(*m.GapSince)) {
			m.GapSince = hook.GapSince
		}
	}
	m.Expected = m.Received + max(m.Undelivered-m.Redelivered, 0) + m.Unannounced
	m.Repaired = m.Redelivered + m.Unannounced
	return m
}

// preconditions are, in this order: who the account is, what is imported, and whether
// GitHub reaches us. Webhooks of repositories need all but the first.
func (s *server) preconditions(appSecrets []store.Secret, connection models.Connection, o store.IntegrationOrganization, seen []store.ConnectionOrganizationView) []Precondition {
	allowed := Precondition{Code: models.NotOrgOwner, Met: o.Access.Readable() && o.Role == "admin"}
	switch {
	case connection.Method == models.GitHubApp: // its webhook comes with it
		allowed = Precondition{Code: models.AppPermissionPending, Met: o.Access.Readable() && !lacksEvents(o.ID, seen)}
	case allowed.Met && slices.Contains(o.Limits, models.Limit{Service: models.ServiceWebhooks, Code: models.ScopeMissing}):
		allowed = Precondition{Code: models.ScopeMissing}
	}
	all := []Precondition{
		allowed,
		{Code: models.NoRepoImported, Met: o.Selections[models.Imported] > 0},
		{Code: models.ReceiverNotPublic, Met: s.isReachable()},
	}
	if connection.Method == models.GitHubApp {
		all = append(all, Precondition{Code: models.HookSecretMissing, Met: len(appSecrets) > 0})
	}
	return all
}

// SwitchRequest says what is wanted of the webhooks of an organization.
type SwitchRequest struct {
	OrganizationID int64                `json:"organization_id" doc:"GitHub's id." example:"583231"`
	Enabled        bool                 `json:"enabled" example:"true"`
	Source         models.WebhookSource `json:"source,omitempty" enum:"organization,repository" doc:"repository: a webhook for each imported repository, where the account is no owner. Without it, and with the GitHub App, the one that is meant for the connection." example:"organization"`
}

type switchWebhooksIn struct {
	IntegrationPath
	Body SwitchRequest
}

type switchedOut struct{ Body Webhooks }

func (s *server) switchWebhooks(ctx context.Context, in *switchWebhooksIn) (*switchedOut, error) {
	if !in.Body.Enabled {
		return s.changeWebhooks(ctx, in.ID, in.Body.OrganizationID, func(*Webhooks) error {
			return s.Store.SwitchOffWebhooks(ctx, in.ID, in.Body.OrganizationID)
		})
	}
	return s.changeWebhooks(ctx, in.ID, in.Body.OrganizationID, func(view *Webhooks) error {
		source, err := view.wanted(in.Body.Source)
		if err != nil {
			return err
		}
		return s.Store.SwitchOnWebhooks(ctx, in.ID, in.Body.OrganizationID, source)
	})
}

// wanted is the source to switch on, or the problem that lists all that is unmet.
func (view *Webhooks) wanted(source models.WebhookSource) (models.WebhookSource, error) {
	needed := view.Preconditions
	if source == models.RepositoryHook {
		needed = needed[1:]
	}
	var unmet []problem.Cause
	for _, p := range needed {
		if !p.Met {
			unmet = append(unmet, *p.Cause)
		}
	}
	switch {
	case len(unmet) > 0:
		p := problem.New(unmet[0].Code, "")
		p.Status, p.Unmet = http.StatusConflict, unmet
		return "", p
	case source == models.RepositoryHook && !slices.Contains(view.Sources, source):
		return "", problem.Invalid("body.source", "expected one of sources")
	case source == models.RepositoryHook:
		return source, nil
	}
	return view.Sources[0], nil
}

// OrganizationRequest names an organization of an integration.
type OrganizationRequest struct {
	OrganizationID int64 `json:"organization_id" doc:"GitHub's id." example:"583231"`
}

type organizationIn struct {
	IntegrationPath
	Body OrganizationRequest
}

func (s *server) rotateWebhooks(ctx context.Context, in *organizationIn) (*switchedOut, error) {
	return s.changeWebhooks(ctx, in.ID, in.Body.OrganizationID, func(*Webhooks) error {
		rotated, err := s.Store.RotateWebhookSecrets(ctx, in.ID, in.Body.OrganizationID)
		if err == nil && rotated == 0 {
			err = problem.New(problem.WebhooksOff, "")
		}
		return err
	})
}

// changeWebhooks writes down what is wanted, lets the workflow do it, and waits a while
// for that.
func (s *server) changeWebhooks(ctx context.Context, integrationID string, organizationID int64, change func(*Webhooks) error) (*switchedOut, error) {
	view, err := s.webhooksOf(ctx, integrationID, organizationID)
	if err != nil {
		return nil, err
	}
	if err := change(&view); err != nil {
		return nil, err
	}
	organization, err := s.Store.Organization(ctx, organizationID)
	if err != nil {
		return nil, err
	}
	if err := s.askTemporal(ctx, func(ctx context.Context) error { return workflows.WakeWebhooks(ctx, s.Temporal, organization) }); err != nil {
		return nil, err
	}
	return s.awaitWebhooks(ctx, integrationID, organizationID, func(view Webhooks) bool {
		return !slices.ContainsFunc(view.Hooks, func(hook Hook) bool {
			return hook.Cause == nil && (hook.State == models.WebhookCreating || hook.State == models.WebhookRemoving)
		})
	})
}

func (s *server) pingWebhooks(ctx context.Context, in *organizationIn) (*switchedOut, error) {
	view, err := s.webhooksOf(ctx, in.ID, in.Body.OrganizationID)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(view.Hooks, func(hook Hook) bool { return hook.HookID != 0 }) { // nobody can ping the App's
		return nil, problem.New(problem.WebhooksOff, "")
	}
	integration, err := s.Store.Integration(ctx, in.ID)
	if err == nil && integration.Lifecycle == models.IntegrationDeleting {
		err = store.ErrDeleting
	}
	if err != nil {
		return nil, err
	}
	organization, err := s.Store.Organization(ctx, in.Body.OrganizationID)
	if err != nil {
		return nil, err
	}
	before := latestPing(view)
	if err := s.askTemporal(ctx, func(ctx context.Context) error { return workflows.PingWebhooks(ctx, s.Temporal, organization) }); err != nil {
		return nil, err
	}
	return s.awaitWebhooks(ctx, in.ID, in.Body.OrganizationID, func(view Webhooks) bool { return latestPing(view).After(before) })
}

func latestPing(view Webhooks) (latest time.Time) {
	for _, hook := range view.Hooks {
		if hook.PingedAt != nil && hook.PingedAt.After(latest) {
			latest = *hook.PingedAt
		}
	}
	return latest
}

// webhooksOf are those of one organization that the integration ingests.
func (s *server) webhooksOf(ctx context.Context, integrationID string, organizationID int64) (Webhooks, error) {
	views, err := s.viewWebhooks(ctx, integrationID)
	if err != nil {
		return Webhooks{}, err
	}
	i := slices.IndexFunc(views, func(view Webhooks) bool { return view.OrganizationID == organizationID })
	if i < 0 {
		return Webhooks{}, problem.New(problem.NotFound, "")
	}
	return views[i], nil
}

// hookTime is how long people like to wait for an answer.
const hookTime = 5 * time.Second

// awaitWebhooks answers when something is so, or when people have waited long enough.
func (s *server) awaitWebhooks(ctx context.Context, integrationID string, organizationID int64, done func(Webhooks) bool) (*switchedOut, error) {
	over := time.After(s.HookTime)
	for {
		view, err := s.webhooksOf(ctx, integrationID, organizationID)
		if err != nil || done(view) {
			return &switchedOut{Body: view}, err
		}
		select {
		case <-time.After(min(s.HookTime, 50*time.Millisecond)):
		case <-over:
			return &switchedOut{Body: view}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func lacksEvents(organizationID int64, seen []store.ConnectionOrganizationView) bool {
	return slices.ContainsFunc(seen, func(o store.ConnectionOrganizationView) bool {
		return o.OrganizationID == organizationID && slices.Contains(o.Limits, models.Limit{Service: models.ServiceWebhooks, Code: models.AppPermissionPending})
	})
}

// IsPublic reports whether GitHub could reach an address, as far as the address
// itself can tell.
func IsPublic(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" {
		return false
	}
	host := strings.ToLower(u.Hostname())
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsGlobalUnicast() && !ip.IsPrivate()
	}
	for _, local := range []string{"localhost", ".localhost", ".local", ".internal"} {
		if host == strings.TrimPrefix(local, ".") || strings.HasSuffix(host, local) {
			return false
		}
	}
	return true
}

// isReachable reports whether GitHub reaches the receiver, as far as the addresses tell.
func (s *server) isReachable() bool {
	return IsPublic(s.PublicURL) || isLoopback(s.PublicURL) && isLoopback(s.GitHubAPIURL)
}

// isLoopback reports whether an address is of the machine itself.
func isLoopback(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback())
}
