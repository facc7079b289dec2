package activities

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"tributary/models"
	"tributary/store"
)

// maxPanics is how often a defect of ours is met before it ends what it is part
// of: what does not pass by itself is no reason to wait for ever.
const maxPanics = 3

// About names the row on which people look for how an activity's work is.
type About struct{ SyncID, VerificationID string }

func (in SyncInput) about() About               { return About{SyncID: in.SyncID} }
func (in BatchInput) about() About              { return About{SyncID: in.SyncID} }
func (in StreamInput) about() About             { return About{SyncID: in.SyncID} }
func (in FinishRepositoryInput) about() About   { return About{SyncID: in.SyncID} }
func (in FinishSyncInput) about() About         { return About{SyncID: in.SyncID} }
func (in VerifyInput) about() About             { return About{VerificationID: in.VerificationID} }
func (in StartVerificationInput) about() About  { return About{VerificationID: in.VerificationID} }
func (in FinishVerificationInput) about() About { return About{VerificationID: in.VerificationID} }

// Attempt surrounds each attempt at an activity. Whatever Temporal will try again
// says why on the row of its sync or verification, and what goes on takes that
// away; what can never succeed any more is not tried again.
func (a *Activities) Attempt(ctx context.Context, in any, do func() (any, error)) (out any, err error) {
	defer func() {
		if defect := recover(); defect != nil {
			out, err = nil, a.settle(ctx, in, panicked(ctx, defect))
		}
	}()
	out, err = do()
	return out, a.settle(ctx, in, err)
}

func (a *Activities) settle(ctx context.Context, in any, err error) error {
	var row About
	if about, ok := in.(interface{ about() About }); ok {
		row = about.about()
	}
	var ruled *temporal.ApplicationError
	switch {
	case ctx.Err() != nil, errors.Is(err, store.ErrStaleCheckpoint):
		return err // another attempt has it by now
	case err == nil:
		_ = a.goesOn(ctx, row) // the work is done, whatever the row says
		return nil
	case errors.As(err, &ruled) && ruled.Type() == OperatorNeeded:
		a.getsNowhere(ctx, row, codeIn(ruled), err)
		return err
	case errors.As(err, &ruled):
		return err
	case errors.Is(err, store.ErrSyncEnded):
		return temporal.NewNonRetryableApplicationError(err.Error(), SyncEnded, nil)
	case errors.Is(err, store.ErrNotFound):
		return blocked(err) // no row comes back
	}
	if code := CodeOf(err); !onStream(in, code) {
		a.getsNowhere(ctx, row, code, err)
	}
	return err
}

// onStream reports whether a stream's own row says what was met: that GitHub
// fails at one repository is no news of the whole sync.
func onStream(in any, code models.Code) bool {
	_, ofStream := in.(StreamInput)
	return ofStream && !slices.Contains([]models.Code{models.InternalError, models.SecretKeyUnknown, models.SecretDamaged, models.DatabaseUnwritable}, code)
}

func panicked(ctx context.Context, defect any) error {
	if activity.IsActivity(ctx) {
		activity.GetLogger(ctx).Error("panic", "panic", fmt.Sprint(defect), "stack", string(debug.Stack()))
	}
	err := fmt.Errorf("panic: %v", defect)
	if attempts(ctx) >= maxPanics {
		return blocked(err)
	}
	return err
}

// getsNowhere cannot say it where the database is what fails; the API's
// readiness does.
func (a *Activities) getsNowhere(ctx context.Context, row About, code models.Code, err error) {
	if row.SyncID != "" {
		_ = a.Store.NoteSync(ctx, row.SyncID, code, err.Error())
	}
	if row.VerificationID != "" {
		_ = a.Store.NoteVerification(ctx, row.VerificationID, code, err.Error())
	}
}

func (a *Activities) goesOn(ctx context.Context, row About) error {
	if row.SyncID != "" {
		return a.Store.ForgetSyncNote(ctx, row.SyncID)
	}
	if row.VerificationID != "" {
		return a.Store.NoteVerification(ctx, row.VerificationID, "", "")
	}
	return nil
}

// codeIn finds the code that was attached to an error.
func codeIn(ruled *temporal.ApplicationError) (code models.Code) {
	if ruled.Details(&code) != nil {
		return models.InternalError
	}
	return code
}
