package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"tributary/models"
	"tributary/store"
)

// PreflightAttempts is how often a preflight is tried in all.
const PreflightAttempts = 5

// preflightTries is how often all are asked before one that GitHub fails to
// answer for is left as it was, so that it does not hold up the others.
const preflightTries = 3

// PreflightConnectionInput names the connection. Relist asks GitHub again which
// organizations there are. What was learned after Since is not asked again: a
// preflight that is tried again goes on where it was.
type PreflightConnectionInput struct {
	ConnectionID string
	Relist       bool
	Since        time.Time
}

// PreflightConnection asks GitHub what a connection may read of each of its
// organizations, before anything is ingested, and stores the verdicts.
func (a *Activities) PreflightConnection(ctx context.Context, in PreflightConnectionInput) error {
	if err := a.preflight(ctx, in); err != nil {
		return fmt.Errorf("preflight: %w", err)
	}
	return nil
}

func (a *Activities) preflight(ctx context.Context, in PreflightConnectionInput) error {
	gh, connection, err := a.client(ctx, in.ConnectionID, store.PriorityPeople)
	if err != nil {
		return err
	}
	if in.Relist {
		if err := a.listOrganizations(ctx, gh, connection, "", false); err != nil {
			return err
		}
	}
	seen, err := a.Store.ConnectionOrganizations(ctx, connection.ID)
	if err != nil {
		return err
	}
	var open []models.ConnectionOrganization
	for _, o := range seen {
		if o.Access == models.AccessChecking || in.Since.IsZero() || !o.CheckedAt.After(in.Since) {
			open = append(open, o.ConnectionOrganization)
		}
	}
	answers := a.askOrganizations(ctx, gh, connection, open, func(ctx context.Context, found *answer) error {
		if found.verdict.Access.Readable() {
			lost, err := a.lostRepositories(ctx, connection, found.verdict)
			if err != nil {
				return err
			}
			found.verdict.Lost = lost
		}
		return a.Store.SaveVerdict(ctx, connection.ID, found.verdict)
	})
	return a.savePreflight(ctx, connection.ID, open, answers, len(open) < len(seen))
}

// savePreflight ends a preflight. An organization that GitHub failed to answer for
// says why, once others were answered for.
func (a *Activities) savePreflight(ctx context.Context, connectionID string, asked []models.ConnectionOrganization, answers []answer, some bool) error {
	var failures []error
	for _, found := range answers {
		some = some || found.err == nil
		failures = append(failures, found.err)
	}
	if err := errors.Join(failures...); err != nil && (!some || mustAskAgain(ctx, failures)) {
		return err
	}
	for i, o := range asked {
		if failures[i] == nil {
			continue
		}
		o.Code = CodeOf(failures[i])
		if err := a.Store.SaveVerdict(ctx, connectionID, o); err != nil {
			return err
		}
	}
	return a.Store.SavePreflight(ctx, connectionID, nil)
}

// mustAskAgain reports whether failures concern the whole connection, or may pass
// with another attempt.
func mustAskAgain(ctx context.Context, failures []error) bool {
	for _, err := range failures {
		if err != nil && decide(err).Do != retry {
			return true
		}
	}
	return ctx.Err() != nil || activity.IsActivity(ctx) && attempts(ctx) < preflightTries
}
