package activities

import (
	"context"
	"errors"
	"time"

	"tributary/store"
)

// SetBackfillFromInput says how far back an integration is read.
type SetBackfillFromInput struct {
	IntegrationID string
	From          time.Time
}

// SetBackfillFrom bounds how far back an integration is read.
func (a *Activities) SetBackfillFrom(ctx context.Context, in SetBackfillFromInput) error {
	_, err := a.Store.SetBackfillFrom(ctx, in.IntegrationID, &in.From)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrDeleting) {
		return nil // nothing is read for it anyway
	}
	return err
}
