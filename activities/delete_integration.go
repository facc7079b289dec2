package activities

import (
	"context"
	"errors"

	"tributary/models"
	"tributary/store"
)

// DeletionInput names the integration that is being deleted.
type DeletionInput struct{ IntegrationID string }

// Deletion is what a workflow needs to know of one.
type Deletion struct {
	Completed     bool  // or never asked for
	Rows          int64 `json:",omitempty"` // that are deleted by now
	Organizations []ChosenOrganization
}

// BeginDeletion reads which organizations the deletion concerns.
func (a *Activities) BeginDeletion(ctx context.Context, in DeletionInput) (Deletion, error) {
	deletion, err := a.Store.Deletion(ctx, in.IntegrationID)
	if errors.Is(err, store.ErrNotFound) || err == nil && deletion.CompletedAt != nil {
		return Deletion{Completed: true, Rows: deletion.RowsDeleted}, nil
	}
	if err != nil {
		return Deletion{}, err
	}
	organizations, err := a.Store.IngestedOrganizations(ctx, in.IntegrationID)
	return Deletion{Rows: deletion.RowsDeleted, Organizations: chosen(organizations)}, err
}

func chosen(organizations []models.Organization) []ChosenOrganization {
	var list []ChosenOrganization
	for _, o := range organizations {
		list = append(list, ChosenOrganization{ID: o.ID, Login: o.Login})
	}
	return list
}

// DeleteIntegrationSchedules deletes what starts something by itself: Temporal's
// schedules of an integration's organizations, and their webhooks at GitHub. Without the
// func DeleteSchedules nobody keeps any schedules.
func (a *Activities) DeleteIntegrationSchedules(ctx context.Context, in DeletionInput) error {
	if err := a.removeWebhooks(ctx, in.IntegrationID); err != nil {
		return err
	}
	organizations, err := a.Store.IngestedOrganizations(ctx, in.IntegrationID)
	if err != nil || a.DeleteSchedules == nil {
		return err
	}
	for _, o := range organizations {
		if o.IntegrationID != in.IntegrationID { // not claimed
			continue
		}
		if err := a.DeleteSchedules(ctx, o.ID); err != nil {
			return err
		}
	}
	return nil
}

// Stopping is the work of an integration that has not ended yet.
type Stopping struct {
	Syncing       []ChosenOrganization // their workflows end the syncs
	Verifications []StoppingVerification
}

// StoppingVerification is a verification that has been asked to end.
type StoppingVerification struct {
	ID             string
	OrganizationID int64
}

// StopSyncs asks everything that runs for an integration to end.
func (a *Activities) StopSyncs(ctx context.Context, in DeletionInput) (Stopping, error) {
	if err := a.Store.AdvanceDeletion(ctx, in.IntegrationID, models.DeletingSyncs); err != nil {
		return Stopping{}, err
	}
	left, err := a.Store.StopDeleted(ctx, in.IntegrationID)
	stopping := Stopping{Syncing: chosen(left.Syncing)}
	for _, v := range left.Verifications {
		stopping.Verifications = append(stopping.Verifications, StoppingVerification{ID: v.ID, OrganizationID: v.OrganizationID})
	}
	return stopping, err
}

// CountRows counts the rows of an integration that are left to delete, for people.
func (a *Activities) CountRows(ctx context.Context, in DeletionInput) error {
	if err := a.Store.AdvanceDeletion(ctx, in.IntegrationID, models.DeletingRows); err != nil {
		return err
	}
	return a.Store.CountDeletion(ctx, in.IntegrationID)
}

// DeleteRows deletes some of the rows of an integration.
func (a *Activities) DeleteRows(ctx context.Context, in DeletionInput) (PurgeResult, error) {
	return purgeSome(ctx, func(limit int) (store.Purged, error) { return a.Store.DeleteRows(ctx, in.IntegrationID, limit) })
}

// FinishDeletionResult says whether the integration is gone, and how many rows went with
// it.
type FinishDeletionResult struct {
	Done bool
	Rows int64 `json:",omitempty"`
}

// FinishDeletion deletes the integration itself. It is not done while a sync of it
// runs or a row of it is stored.
func (a *Activities) FinishDeletion(ctx context.Context, in DeletionInput) (FinishDeletionResult, error) {
	if err := a.Store.AdvanceDeletion(ctx, in.IntegrationID, models.DeletingClaims); err != nil {
		return FinishDeletionResult{}, err
	}
	// Again: a workflow may have made them anew since the deletion began.
	if err := a.DeleteIntegrationSchedules(ctx, in); err != nil {
		return FinishDeletionResult{}, err
	}
	done, err := a.Store.FinishDeletion(ctx, in.IntegrationID)
	if err != nil || !done {
		return FinishDeletionResult{}, err
	}
	deletion, err := a.Store.Deletion(ctx, in.IntegrationID)
	return FinishDeletionResult{Done: true, Rows: deletion.RowsDeleted}, unlessGone(err)
}

// unlessGone is nil if the row is gone: then there is nothing left to record.
func unlessGone(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
