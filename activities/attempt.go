package activities

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"tributary/models"
)

// The types of the errors that activities give to workflows. Anything else is
// retried by Temporal.
const (
	// RateLimited is a wait, not a failure: Temporal holds the timer.
	RateLimited = "RateLimited"
	// CredentialInvalid ends the sync: no request of this connection can succeed,
	// or none for this organization. The code says which.
	CredentialInvalid = "CredentialInvalid"
	// StreamBlocked ends one stream's part in a sync; the next sync tries again.
	StreamBlocked = "StreamBlocked"
	// ServiceDisabled ends one stream's part in a sync: nobody wants it any more.
	ServiceDisabled = "ServiceDisabled"
	// Caused is told to a person who waits: its details are the code, and what happened.
	Caused = "Caused"
	// OperatorNeeded is tried again, slowly: only the operator can mend it.
	OperatorNeeded = "OperatorNeeded"
	// SyncEnded ends a sync's workflows: its row has ended, or is gone.
	SyncEnded = "SyncEnded"
)

const (
	// slowRetry is between two attempts at what the operator has to mend.
	slowRetry = 5 * time.Minute
	// longestNap is how long a wait lasts before the database is asked whether
	// somebody has lifted it. That costs no request.
	longestNap = 5 * time.Minute
	// maxPanics is how often a defect of ours is met before it ends the activity: it
	// does not pass by itself.
	maxPanics = 3
)

// About names the row on which people read how an activity's work is going.
type About struct{ SyncID, VerificationID, ConnectionID string }

func (in SyncInput) about() About                { return About{SyncID: in.SyncID} }
func (in BatchInput) about() About               { return About{SyncID: in.SyncID} }
func (in StreamInput) about() About              { return About{SyncID: in.SyncID} }
func (in FollowHintsInput) about() About         { return About{SyncID: in.SyncID} }
func (in FinishRepositoryInput) about() About    { return About{SyncID: in.SyncID} }
func (in FinishSyncInput) about() About          { return About{SyncID: in.SyncID} }
func (in VerifyInput) about() About              { return About{VerificationID: in.VerificationID} }
func (in StartVerificationInput) about() About   { return About{VerificationID: in.VerificationID} }
func (in FinishVerificationInput) about() About  { return About{VerificationID: in.VerificationID} }
func (in VerifyConnectionInput) about() About    { return About{ConnectionID: in.ConnectionID} }
func (in PreflightConnectionInput) about() About { return About{ConnectionID: in.ConnectionID} }

// Attempt surrounds each attempt at an activity. It decides what an error means,
// records that on the row that the activity is about, and tells Temporal. When the
// activity succeeds, it removes what an earlier attempt noted.
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
	if known, ok := in.(interface{ about() About }); ok {
		row = known.about()
	}
	if ctx.Err() != nil { // Temporal has given up on this attempt
		return err
	}
	if err == nil {
		a.note(ctx, row, "", "")
		return nil
	}
	d := decide(err)
	a.measure(d)
	if recordErr := a.record(ctx, in, row, d, err); recordErr != nil {
		d, err = decide(recordErr), fmt.Errorf("record %q: %w", err, recordErr)
	}
	return a.forTemporal(row, d, err)
}

// measure counts what somebody may have to look after. A decision without a code is
// the end of what nobody wants any more.
func (a *Activities) measure(d decision) {
	switch {
	case d.Do == waitUntil:
		a.Metrics.PutOff(d.Code)
	case d.Code != "":
		a.Metrics.Failed(d.Code)
	}
}

// record writes a decision where people look for it.
func (a *Activities) record(ctx context.Context, in any, row About, d decision, err error) error {
	switch {
	case d.Do == waitUntil:
		return a.hold(ctx, row, d, err)
	case row.ConnectionID != "":
		return a.recordOnConnection(ctx, row.ConnectionID, d)
	case d.Do == endOrganization && row.SyncID != "":
		return a.refuseOrganization(ctx, row.SyncID, d)
	case d.Do == retrySlowly, d.Do == mendByOperator, d.Do == retry && d.Code != "" && !onStream(in, d):
		a.note(ctx, row, d.Code, err.Error())
	}
	return nil
}

// onStream reports whether a stream's own row has it: GitHub's failure at one
// repository is no news of the whole sync.
func onStream(in any, d decision) bool {
	_, ofStream := in.(StreamInput)
	return ofStream && d.Refused != nil
}

// hold says on a row until when a limit holds it up.
func (a *Activities) hold(ctx context.Context, row About, d decision, limit error) error {
	switch {
	case row.ConnectionID != "":
		return a.Store.HoldConnection(ctx, row.ConnectionID, d.Code, d.Until)
	case row.VerificationID != "":
		return a.Store.HoldVerification(ctx, row.VerificationID, d.Until)
	case row.SyncID == "":
		return nil
	}
	longer, err := a.Store.HoldSync(ctx, row.SyncID, d.Until)
	if err == nil && longer >= worthTelling {
		a.tellLimit(ctx, row.SyncID, d)
	}
	if err != nil || !slices.Contains(models.UnusualWaits, d.Code) {
		return err
	}
	return a.Store.NoteSync(ctx, row.SyncID, d.Code, limit.Error())
}

// recordOnConnection marks a credential that GitHub refuses. It says on the
// organizations that were not asked about why, unless another attempt follows.
func (a *Activities) recordOnConnection(ctx context.Context, connectionID string, d decision) error {
	if d.Do == endSync {
		if err := a.Store.SetConnectionHealth(ctx, connectionID, models.CredentialInvalid); err != nil {
			return err
		}
	}
	if d.passes() && activity.IsActivity(ctx) && attempts(ctx) < PreflightAttempts {
		return nil
	}
	return a.Store.NoteUnasked(ctx, connectionID, d.Code)
}

// refuseOrganization says on the organization of a sync why GitHub refuses it.
// Nothing else of the connection pauses, and no checkpoint moves; the next sync
// asks again. A sync that is about to stop records nothing: its integration may
// have another connection by now.
func (a *Activities) refuseOrganization(ctx context.Context, syncID string, d decision) error {
	sync, err := a.Store.Sync(ctx, syncID)
	if err != nil || sync.CancelRequested {
		return err
	}
	integration, err := a.Store.Integration(ctx, sync.IntegrationID)
	if err != nil {
		return err
	}
	organization, err := a.Store.Organization(ctx, sync.OrganizationID)
	if err != nil {
		return err
	}
	seen, err := a.Store.OrganizationAccess(ctx, integration.ConnectionID, organization)
	if err != nil {
		return err
	}
	return a.Store.RefuseOrganization(ctx, a.refused(ctx, seen, d.Code, d.RemedyURL))
}

// note says on a row why its work gets nowhere; without a code that it goes on. It
// fails where the database is the cause, which the API's readiness shows.
func (a *Activities) note(ctx context.Context, row About, code models.Code, text string) {
	switch {
	case row.VerificationID != "":
		_ = a.Store.NoteVerification(ctx, row.VerificationID, code, text)
	case row.SyncID != "" && code == "":
		_ = a.Store.ForgetSyncNote(ctx, row.SyncID)
	case row.SyncID != "":
		_ = a.Store.NoteSync(ctx, row.SyncID, code, text)
	}
}

// forTemporal makes of an error the one that tells Temporal whether and when to try
// again.
func (a *Activities) forTemporal(row About, d decision, err error) error {
	person := row.ConnectionID != ""
	var kind string
	var options temporal.ApplicationErrorOptions
	if d.Code != "" {
		options.Details = []any{d.Code, a.detailOf(d)}
	}
	switch {
	case d.Do == waitUntil:
		// Many wait for the same instant. Coming back all at once is how secondary
		// limits are met.
		delay := max(d.Until.Sub(a.Now()), 0) + time.Second + rand.N(5*time.Second)
		kind, options.NextRetryDelay, options.Category = RateLimited, min(delay, longestNap), temporal.ApplicationErrorCategoryBenign
	case person:
		kind, options.NonRetryable = Caused, d.Do != retry && d.Do != mendByOperator
	case d.Do == retry, d.Do == mendByOperator:
		return err
	case d.Do == retrySlowly:
		kind, options.NextRetryDelay = OperatorNeeded, slowRetry+rand.N(slowRetry/10)
	case d.Do == endStream: // said once for all streams of a repository, by FinishRepository
		kind, options.NonRetryable, options.Category = d.ending(), true, temporal.ApplicationErrorCategoryBenign
	default:
		kind, options.NonRetryable = d.ending(), true
	}
	return temporal.NewApplicationErrorWithOptions(err.Error(), kind, options)
}

// ending is the type of the error with which a decision ends something.
func (d decision) ending() string {
	explained := d.Code != ""
	switch {
	case d.Do == endStream && explained:
		return StreamBlocked
	case d.Do == endStream:
		return ServiceDisabled
	case explained:
		return CredentialInvalid
	}
	return SyncEnded
}

func panicked(ctx context.Context, defect any) error {
	if activity.IsActivity(ctx) {
		activity.GetLogger(ctx).Error("panic", "panic", fmt.Sprint(defect), "stack", string(debug.Stack()))
	}
	err := fmt.Errorf("panic: %v", defect)
	if attempts(ctx) >= maxPanics {
		return gaveUp{err}
	}
	return err
}
