package synctest

import (
	"testing"

	"tributary/activities"
	"tributary/models"
	"tributary/store"
)

// Verify runs a verification to its end, as the workflow does, and returns what
// it found. GitHub must answer.
func (b *Bench) Verify(t testing.TB, repair bool) store.VerificationReport {
	t.Helper()
	report, err := b.TryVerify(t, repair)
	check(t, err)
	return report
}

// TryVerify is Verify for when GitHub may refuse. It returns the error of the first slice
// that fails.
func (b *Bench) TryVerify(t testing.TB, repair bool) (store.VerificationReport, error) {
	t.Helper()
	ctx := t.Context()
	asked, err := b.Store.CreateVerification(ctx, b.organizationID(t), repair)
	check(t, err)
	_, err = b.Activities.StartVerification(ctx, activities.StartVerificationInput{OrganizationID: asked.OrganizationID, VerificationID: asked.ID})
	check(t, err)
	in := activities.VerifyInput{VerificationID: asked.ID}
	ended := activities.FinishVerificationInput{VerificationID: asked.ID, State: models.SyncCompleted}
	refused := b.VerifySlices(t, asked.ID)
	if refused == nil && repair {
		refused = b.reread(t, in)
	}
	if refused != nil {
		ended.State, ended.Error = models.SyncFailed, refused.Error()
	}
	_, err = b.Activities.FinishVerification(ctx, ended)
	check(t, err)
	report, err := b.Store.VerificationReport(ctx, asked.ID)
	check(t, err)
	return report, refused
}

// reread lets a sync read what differs, and compares that again.
func (b *Bench) reread(t testing.TB, in activities.VerifyInput) error {
	t.Helper()
	queued, err := b.Activities.QueueRereading(t.Context(), in)
	check(t, err)
	if queued.SyncID == "" {
		return nil
	}
	_, _ = b.TrySync(t) // what it cannot read stays queued
	return Do(t, b.Activities, b.Activities.CompareAgain, in)
}

// VerifySlices compares all repositories that a verification has not compared
// yet, until one slice fails.
func (b *Bench) VerifySlices(t testing.TB, id string) error {
	t.Helper()
	for {
		slice, err := Attempt(t, b.Activities, b.Activities.VerifyRepositories, activities.VerifyInput{VerificationID: id})
		if err != nil || !slice.More {
			return err
		}
	}
}
