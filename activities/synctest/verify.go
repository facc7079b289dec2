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

// TryVerify is Verify for when GitHub may refuse. Its error is the first of a
// slice.
func (b *Bench) TryVerify(t testing.TB, repair bool) (store.VerificationReport, error) {
	t.Helper()
	ctx := t.Context()
	asked, err := b.Store.CreateVerification(ctx, b.organizationID(t), repair)
	check(t, err)
	_, err = b.Activities.StartVerification(ctx, activities.StartVerificationInput{OrganizationID: asked.OrganizationID, VerificationID: asked.ID})
	check(t, err)
	ended := activities.FinishVerificationInput{VerificationID: asked.ID, State: models.SyncCompleted}
	refused := b.VerifySlices(t, asked.ID)
	if refused != nil {
		ended.State, ended.Error = models.SyncFailed, refused.Error()
	}
	check(t, b.Activities.FinishVerification(ctx, ended))
	report, err := b.Store.VerificationReport(ctx, asked.ID)
	check(t, err)
	return report, refused
}

// VerifySlices compares all repositories that a verification has not compared
// yet, until one slice fails.
func (b *Bench) VerifySlices(t testing.TB, id string) error {
	t.Helper()
	for {
		slice, err := b.Activities.VerifyRepositories(t.Context(), activities.VerifyInput{VerificationID: id})
		if err != nil || !slice.More {
			return err
		}
	}
}
