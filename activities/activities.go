// Package activities does everything a workflow may not: it calls GitHub and
// writes the database. Here GitHub's types become models.
//
// Every activity may run twice and must not mind: rows are upserted by natural
// key, and a page is stored only together with the checkpoint it moves. Inputs
// and results are ids and counts, because both stay in workflow histories;
// records and credentials never do.
package activities

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"tributary/github"
	"tributary/models"
	"tributary/store"
	"tributary/telemetry"
)

// Activities holds what the activities share. The worker fills it once.
type Activities struct {
	Store  *store.Store
	GitHub *github.Host
	// App finds our GitHub App, which may be registered or replaced while we run; nil
	// where there is none. OAuth is our OAuth app; nil where the operator has set up none.
	App   func(context.Context) (*App, error)
	OAuth *github.OAuth
	// OAuthScopes are what the OAuth app asks for; models.AskedScopes when there are none.
	OAuthScopes []string
	// Metrics count; nil where nobody reads them.
	Metrics *telemetry.Metrics
	// Log tells operators what happens. The worker fills it in; nil where nobody reads it.
	Log *slog.Logger
	Now func() time.Time
	// ApplySchedules makes Temporal's schedules of an organization those that
	// its rows describe; suspended ones start nothing. Those that are as seen, which
	// is what it returned the last time, are left alone. The worker fills it in.
	ApplySchedules func(ctx context.Context, organization models.Organization, schedule models.Schedule, suspended bool, seen SeenSchedules) (SeenSchedules, error)
	// DeleteSchedules takes them away. The worker fills it in.
	DeleteSchedules func(ctx context.Context, organizationID int64) error
	// Wake makes an organization's workflow read the database. The worker fills it in.
	Wake func(ctx context.Context, organizationID int64) error
	// TellLimit tells the workflows of a sync until when a limit holds it up. The worker
	// fills it in; nil where there are none.
	TellLimit func(ctx context.Context, sync models.Sync, wait LimitWait) error
	// PublicURL is where GitHub delivers to, without a slash at the end; empty where it
	// is not configured.
	PublicURL string
}

// App is our GitHub App: as it acts for itself and its installations, and for people.
type App struct {
	*github.AppCredential
	Users *github.OAuth
}

// app is our GitHub App as it is now. Where there is none the error is errNoApp.
func (a *Activities) app(ctx context.Context) (*App, error) {
	if a.App == nil {
		return nil, errNoApp
	}
	app, err := a.App(ctx)
	if err == nil && app == nil {
		err = errNoApp
	}
	return app, err
}

func (a *Activities) wake(ctx context.Context, organizationID int64) error {
	if a.Wake == nil {
		return nil
	}
	return a.Wake(ctx, organizationID)
}

// askedScopes are the scopes that a method asks people for.
func (a *Activities) askedScopes(method models.ConnectionMethod) []string {
	if method == models.OAuth && len(a.OAuthScopes) > 0 {
		return a.OAuthScopes
	}
	return models.AskedScopes
}

// priorityOf says how urgent a sync's requests are. What somebody starts by hand is
// an incremental sync that comes early; a first sync reads the past.
func priorityOf(trigger models.SyncTrigger) store.Priority {
	switch trigger {
	case models.TriggerWebhook:
		return store.PriorityNudges
	case models.TriggerSchedule, models.TriggerManual:
		return store.PriorityScheduled
	}
	return store.PriorityBackfill
}

// budget lets the client spend from the store's rows without knowing the store.
type budget struct{ store *store.Store }

func (b budget) Lease(ctx context.Context, owner, resource string, priority github.Priority, want int, seen github.Rate) (int, time.Time, error) {
	return b.store.LeaseBudget(ctx, owner, resource, store.Priority(priority), want, models.RateBudget{
		Limit: seen.Limit, Remaining: seen.Remaining, ResetAt: seen.ResetAt, SeenAt: &seen.SeenAt,
	})
}

func (b budget) Return(ctx context.Context, owner, resource string, units int) error {
	return b.store.ReturnBudget(ctx, owner, resource, units)
}

func (b budget) Block(ctx context.Context, owner, resource string, limit *github.RateLimitError) error {
	return b.store.BlockBudget(ctx, owner, resource, limit.Until, codeOfLimit(limit))
}

func (b budget) Lifted(ctx context.Context, owner, resource string) (time.Time, error) {
	return b.store.BudgetLifted(ctx, owner, resource)
}

// rateOwner names the budget that a user's tokens spend, whichever token it is.
func rateOwner(userID int64) string { return fmt.Sprintf("user/%d", userID) }
