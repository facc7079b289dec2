package activities

import (
	"context"
	"errors"

	"tributary/store"
)

// SeenSchedules are fingerprints of an organization's schedules in Temporal.
type SeenSchedules struct{ Resync, Verify string }

// EnsureSchedulesInput names the organization, and what its schedules were like when
// they were last looked after.
type EnsureSchedulesInput struct {
	OrganizationID int64
	Seen           SeenSchedules
}

// EnsureSchedules makes Temporal's schedules of an organization those that its rows
// describe, at the pace that its webhooks allow: none, unless an integration ingests it. Without ApplySchedules it does
// nothing: then nobody keeps any.
func (a *Activities) EnsureSchedules(ctx context.Context, in EnsureSchedulesInput) (SeenSchedules, error) {
	if a.ApplySchedules == nil {
		return SeenSchedules{}, nil
	}
	o, err := a.Store.OrganizationSchedule(ctx, in.OrganizationID)
	if errors.Is(err, store.ErrNotFound) || err == nil && (o.IntegrationID == "" || o.Deleting) {
		return SeenSchedules{}, a.DeleteSchedules(ctx, in.OrganizationID)
	}
	if err != nil {
		return SeenSchedules{}, err
	}
	return a.ApplySchedules(ctx, o.Organization, o.Effective(), o.Suspended, in.Seen)
}

// QueueScheduledInput names the organization whose time has come.
type QueueScheduledInput struct{ OrganizationID int64 }

// QueueScheduledResult says whether there is something to start.
type QueueScheduledResult struct {
	Queued bool
	Login  string // for people who read the history
}

// QueueScheduled queues a scheduled sync, unless nobody ingests the organization
// now.
func (a *Activities) QueueScheduled(ctx context.Context, in QueueScheduledInput) (QueueScheduledResult, error) {
	queued, err := a.Store.QueueScheduled(ctx, in.OrganizationID)
	if err != nil || !queued {
		return QueueScheduledResult{}, err
	}
	organization, err := a.Store.Organization(ctx, in.OrganizationID)
	return QueueScheduledResult{Queued: true, Login: organization.Login}, err
}
