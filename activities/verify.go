package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// totalsAge is how old GitHub's counts may be when they are compared with ours.
const totalsAge = time.Minute

// StartVerificationInput names a verification, or only its organization where
// the schedule asks for one.
type StartVerificationInput struct {
	OrganizationID int64
	VerificationID string
}

// Verification is what a workflow needs to know of a verification.
type Verification struct {
	ID     string // empty when there is nothing to do
	Login  string // for people who read the history
	Repair bool
}

// StartVerification begins a verification, or goes on with it.
func (a *Activities) StartVerification(ctx context.Context, in StartVerificationInput) (Verification, error) {
	v, err := a.Store.StartVerification(ctx, in.OrganizationID, in.VerificationID)
	if errors.Is(err, store.ErrNotFound) || err == nil && v.State.Ended() {
		return Verification{}, nil
	}
	if err != nil {
		return Verification{}, err
	}
	organization, err := a.Store.Organization(ctx, v.OrganizationID)
	return Verification{ID: v.ID, Login: organization.Login, Repair: v.Repair}, err
}

// FinishVerificationInput is how a verification ended.
type FinishVerificationInput struct {
	VerificationID string
	State          models.SyncState
	Code           models.Code
	Error          string
}

// FinishVerification records how a verification ended. It queues a sync of what was marked
// for reading again. A verification without a row was deleted with its integration.
func (a *Activities) FinishVerification(ctx context.Context, in FinishVerificationInput) (VerificationOutcome, error) {
	v, err := a.Store.FinishVerification(ctx, in.VerificationID, in.State, in.Code, in.Error)
	if errors.Is(err, store.ErrNotFound) {
		return VerificationOutcome{State: models.SyncCancelled}, nil
	}
	return VerificationOutcome{
		State: v.State, Code: v.Code, Repositories: v.Repositories, Compared: v.Compared, Differ: v.Drifts, Mended: v.Repaired,
		Requests: v.Usage.Requests, Points: v.Usage.GraphQLPoints,
	}, err
}

// VerificationOutcome is what a verification came to, for people who read the history of
// its workflow.
type VerificationOutcome struct {
	State        models.SyncState // completed, partial, failed or cancelled
	Code         models.Code      `json:",omitempty"`
	Repositories int              // that were compared
	Compared     int64            // rows that were looked at one by one
	Differ       int              // differences to GitHub
	Mended       int              // of those
	Requests     int64
	Points       int64
}

// String says it in a sentence, which Temporal's UI shows as Markdown.
func (o VerificationOutcome) String() string {
	text := fmt.Sprintf("**%s**: %s compared, %s, %d mended, %s, %s.", o.State, counted(o.Repositories, "repository", "repositories"),
		counted(o.Differ, "difference", "differences"), o.Mended, counted(o.Requests, "request", "requests"), counted(o.Points, "point", "points"))
	return text + causedBy(o.Code)
}

// causedBy names a cause in a sentence of its own, if there is one.
func causedBy(code models.Code) string {
	if code == "" {
		return ""
	}
	return " The cause is " + string(code) + "."
}

// VerifyInput names a verification.
type VerifyInput struct{ VerificationID string }

// VerifyResult says whether there is more to compare.
type VerifyResult struct{ More bool }

// VerifyRepositories compares the repositories of a verification with GitHub, one after
// the other, until the slice is over.
func (a *Activities) VerifyRepositories(ctx context.Context, in VerifyInput) (VerifyResult, error) {
	v := &verifier{activities: a, ends: a.Now().Add(sliceTime)}
	ctx = github.WithUsage(ctx, &v.usage)
	for {
		batch, err := a.Store.VerificationBatch(ctx, in.VerificationID, store.RepositoriesPerBatch)
		if err != nil {
			return VerifyResult{}, v.failed(ctx, in.VerificationID, err)
		}
		if batch.Verification.State.Ended() {
			return VerifyResult{}, nil
		}
		if batch.Verification.Cursor == 0 {
			if err := v.recheckUnreadable(ctx, batch); err != nil {
				return VerifyResult{}, v.failed(ctx, in.VerificationID, err)
			}
		}
		if len(batch.Repositories) == 0 {
			return VerifyResult{}, nil
		}
		more, err := v.compareBatch(ctx, batch)
		if err != nil {
			return VerifyResult{}, v.failed(ctx, in.VerificationID, fmt.Errorf("verify %s: %w", batch.Organization.Login, err))
		}
		if more {
			return VerifyResult{More: true}, nil
		}
	}
}

// verifier is one slice of a verification.
type verifier struct {
	activities *Activities
	ends       time.Time
	usage      github.Usage

	id           string
	integration  models.Integration
	organization models.Organization
	connection   models.Connection
	repair       bool
	gh           *github.Client
}

// open prepares the verifier for the repositories of a batch.
func (v *verifier) open(ctx context.Context, batch store.VerificationBatch) (err error) {
	v.id, v.repair, v.integration, v.organization = batch.Verification.ID, batch.Verification.Repair, batch.Integration, batch.Organization
	v.gh, v.connection, err = v.activities.client(ctx, batch.Integration.ConnectionID, store.PriorityVerify)
	return err
}

func (v *verifier) reader() reader {
	return reader{organization: v.organization, connection: v.connection, gh: v.gh}
}

// recheckUnreadable asks again why repositories cannot be read. A blocked one may have been
// transferred since.
func (v *verifier) recheckUnreadable(ctx context.Context, batch store.VerificationBatch) error {
	repositories, err := v.activities.Store.UnreadableRepositories(ctx, batch.Organization.ID)
	if err != nil || len(repositories) == 0 {
		return err
	}
	if err := v.open(ctx, batch); err != nil {
		return err
	}
	if err := v.activities.recheckRepositories(ctx, v.reader(), repositories); err != nil {
		return fmt.Errorf("repositories of %s that cannot be read: %w", batch.Organization.Login, err)
	}
	return nil
}

// compareBatch asks for the counts of 100 repositories at once. It compares as many
// repositories as it can before the counts are too old.
func (v *verifier) compareBatch(ctx context.Context, batch store.VerificationBatch) (more bool, err error) {
	if err := v.open(ctx, batch); err != nil {
		return false, err
	}
	ids := mapped(batch.Repositories, func(r models.Repository) string { return r.NodeID })
	asked := v.activities.Now()
	totals, err := v.gh.RepositoryTotals(ctx, ids)
	if err != nil {
		return false, err
	}
	after := batch.Verification.Cursor
	for i, r := range batch.Repositories {
		outage, err := v.compareRepository(ctx, after, r, totals[i])
		if err != nil {
			return false, err
		}
		after = r.ID
		if outage || v.activities.Now().After(v.ends) || stopping(ctx) {
			return true, nil
		}
		if v.activities.Now().Sub(asked) > totalsAge {
			return false, nil
		}
	}
	return false, nil
}

// compareRepository compares one repository. One that cannot be compared must not stop the
// others. If that may be an outage, the slice ends, so that attempts are counted anew.
func (v *verifier) compareRepository(ctx context.Context, after int64, r models.Repository, totals github.RepositoryTotals) (outage bool, err error) {
	c := v.newComparison(r, totals)
	done := store.Verified{VerificationID: v.id, After: after, RepositoryID: r.ID}
	switch err := c.run(ctx); {
	case err == nil, errors.Is(err, store.ErrServiceDisabled): // its service was switched off meanwhile
	case isFinal(ctx, err):
		outage = decide(err).passes()
		done.Code, done.Error = CodeOf(err), fmt.Sprintf("%s: %v", r.FullName, err)
	default:
		return false, fmt.Errorf("%s: %w", r.FullName, err)
	}
	done.Skipped, done.Usage = len(c.skipped), takeUsage(&v.usage)
	return outage, v.activities.Store.SaveVerified(ctx, done)
}

// isFinal reports whether GitHub refuses, or has failed too often.
func isFinal(ctx context.Context, err error) bool {
	d := decide(err)
	return d.Refused != nil && (d.Do == endStream || d.Do == retry && attempts(ctx) >= maxFailures)
}

func attempts(ctx context.Context) int {
	if !activity.IsActivity(ctx) {
		return 1
	}
	return int(activity.GetInfo(ctx).Attempt)
}

// failed stores the usage, and tells Temporal whether to try again.
func (v *verifier) failed(ctx context.Context, id string, err error) error {
	record, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if spent := takeUsage(&v.usage); spent != (models.Usage{}) {
		_ = v.activities.Store.AddVerificationUsage(record, id, spent)
	}
	if ctx.Err() == nil && isFinal(ctx, err) {
		return gaveUp{err}
	}
	return err
}
