package activities

import (
	"context"

	"tributary/store"
)

// A transaction is short, because on SQLite all other writers wait for it. An
// activity takes seconds. What is deleted stays deleted if it dies in between.
const (
	rowsPerPurge  = 2000
	purgesPerTask = 50
)

// PurgeResult says whether there is more to delete.
type PurgeResult struct {
	Rows int64 // deleted by this activity
	More bool
}

// PurgeInput names an organization that has repositories to purge.
type PurgeInput struct{ OrganizationID int64 }

// PurgeOrganization deletes some of the rows of repositories that somebody removed
// with their data.
func (a *Activities) PurgeOrganization(ctx context.Context, in PurgeInput) (PurgeResult, error) {
	return purgeSome(ctx, func(limit int) (store.Purged, error) { return a.Store.PurgeOrganization(ctx, in.OrganizationID, limit) })
}

// purgeSome lets others write after each transaction.
func purgeSome(ctx context.Context, purge func(limit int) (store.Purged, error)) (PurgeResult, error) {
	result := PurgeResult{More: true}
	for range purgesPerTask {
		purged, err := purge(rowsPerPurge)
		if err != nil {
			return result, err
		}
		result.Rows += purged.Rows
		if purged.Done {
			result.More = false
			return result, nil
		}
		if stopping(ctx) {
			break
		}
	}
	return result, nil
}
