package activities

import (
	"context"
	"errors"

	"tributary/store"
)

// EnsureSchedulesInput names the organization.
type EnsureSchedulesInput struct{ OrganizationID int64 }

// EnsureSchedules gives a claimed organization the Temporal schedules that its rows
// describe. Without ApplySchedules there are none.
func (a *Activities) EnsureSchedules(ctx context.Context, in EnsureSchedulesInput) error {
	if a.ApplySchedules == nil {
		return nil
	}
	o, err := a.Store.OrganizationSchedule(ctx, in.OrganizationID)
	if errors.Is(err, store.ErrNotFound) || err == nil && (o.IntegrationID == "" || o.Deleting) {
		return nil
	}
	if err != nil {
		return err
	}
	return a.ApplySchedules(ctx, o.Organization, o.Schedule, o.Suspended)
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
