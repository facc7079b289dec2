package activities

import (
	"context"
	"errors"
	"fmt"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// ReadIntentInput names the organization whose intents are asked for.
type ReadIntentInput struct{ OrganizationID int64 }

// Intent is what the database wants of an organization now.
type Intent struct {
	Login string
	Over  bool         `json:",omitempty"` // no integration ingests it, or is about to
	Syncs []SyncIntent // that have not ended, those that run already first
}

// SyncIntent is a sync that is wanted, or was.
type SyncIntent struct {
	SyncID    string
	Trigger   models.SyncTrigger
	Cancelled bool // it has to be stopped
}

// ReadIntent reads what has to be done for an organization. Intents live in the
// database, so a signal only has to say "look".
func (a *Activities) ReadIntent(ctx context.Context, in ReadIntentInput) (Intent, error) {
	organization, err := a.Store.Organization(ctx, in.OrganizationID)
	if errors.Is(err, store.ErrNotFound) {
		return Intent{Over: true}, nil
	}
	if err != nil {
		return Intent{}, err
	}
	intent := Intent{Login: organization.Login}
	if intent.Over, err = a.Store.OrganizationOver(ctx, in.OrganizationID); err != nil {
		return Intent{}, err
	}
	syncs, err := a.Store.OpenSyncs(ctx, in.OrganizationID)
	for _, sync := range syncs {
		if sync.Trigger == models.TriggerWebhook && !sync.CancelRequested {
			continue // the workflow Live has it
		}
		intent.Syncs = append(intent.Syncs, SyncIntent{SyncID: sync.ID, Trigger: sync.Trigger, Cancelled: sync.CancelRequested})
	}
	return intent, err
}

// SyncInput names a sync.
type SyncInput struct{ SyncID string }

// Probed is what a probe leads to.
type Probed struct {
	// Compare: it is time to look for what no probe shows.
	Compare bool
}

// ProbeOrganization asks GitHub, for 100 repositories at a time, what each
// looks like now, unless that was done and planned just now.
func (a *Activities) ProbeOrganization(ctx context.Context, in SyncInput) (Probed, error) {
	if err := a.begin(ctx, in.SyncID); err != nil {
		return Probed{}, err
	}
	o, err := a.openSync(ctx, in.SyncID)
	if err != nil {
		return Probed{}, err
	}
	a.logStarted(ctx, o)
	if planned, err := a.Store.PlannedJustNow(ctx, in.SyncID); err != nil || planned {
		return Probed{}, err
	}
	var usage github.Usage
	err = a.probe(github.WithUsage(ctx, &usage), o)
	if err := errors.Join(err, a.Store.AddUsage(context.WithoutCancel(ctx), o.ID, takeUsage(&usage))); err != nil {
		return Probed{}, err
	}
	due, err := a.compareDue(ctx, o.OrganizationID)
	return Probed{Compare: due}, err
}

// begin marks a sync as running. Another attempt does not forget until when the one before
// it found that the sync waits.
func (a *Activities) begin(ctx context.Context, syncID string) error {
	sync, err := a.running(ctx, syncID)
	if err != nil || sync.State == models.SyncRunning && attempts(ctx) > 1 {
		return err
	}
	return a.Store.StartSync(ctx, syncID)
}

// compareDue reports whether it is time to look for what no probe shows.
func (a *Activities) compareDue(ctx context.Context, organizationID int64) (bool, error) {
	due, err := a.Store.RepositoriesToCompare(ctx, organizationID, a.Now().Add(-comparisonInterval), 1)
	return len(due) > 0, err
}

// reader is what is needed to ask GitHub about an organization.
type reader struct {
	organization models.Organization
	connection   models.Connection
	gh           *github.Client
	// hidesRepositories: GitHub counts repositories that it does not show, so none is
	// proven to be gone.
	hidesRepositories bool
}

// syncOf is a sync with what is needed to ask GitHub on its behalf.
type syncOf struct {
	models.Sync
	reader
}

// running returns a sync, or store.ErrSyncEnded for one that has ended or is gone:
// an older run of its workflow may still be at work.
func (a *Activities) running(ctx context.Context, id string) (models.Sync, error) {
	sync, err := a.Store.Sync(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && sync.State.Ended() {
		return sync, store.ErrSyncEnded
	}
	return sync, err
}

func (a *Activities) openSync(ctx context.Context, id string) (o syncOf, err error) {
	sync, err := a.running(ctx, id)
	if err != nil {
		return o, err
	}
	return a.syncOf(ctx, sync)
}

func (a *Activities) syncOf(ctx context.Context, sync models.Sync) (o syncOf, err error) {
	o.Sync = sync
	if o.organization, err = a.Store.Organization(ctx, o.OrganizationID); err != nil {
		return o, err
	}
	integration, err := a.Store.Integration(ctx, o.IntegrationID)
	if err != nil {
		return o, err
	}
	o.gh, o.connection, err = a.client(ctx, integration.ConnectionID, priorityOf(o.Trigger))
	return o, err
}

// Plan says how much a sync has to do.
type Plan struct {
	Batches      int
	Repositories int
}

// About says of an organization in a sentence how much there is to do, which Temporal's UI
// shows as Markdown.
func (p Plan) About(organization string) string {
	switch {
	case p.Repositories == 0:
		return fmt.Sprintf("Nothing of **%s** is behind.", organization)
	case p.Batches <= 1:
		return fmt.Sprintf("**%s**: %s behind.", organization, counted(p.Repositories, "repository is", "repositories are"))
	}
	return fmt.Sprintf("**%s**: %d repositories are behind, and read in %d batches.", organization, p.Repositories, p.Batches)
}

// PlanSync picks the repositories in which the probe saw something that is not
// stored, and divides them into batches.
func (a *Activities) PlanSync(ctx context.Context, in SyncInput) (Plan, error) {
	plan, err := a.Store.PlanSync(ctx, in.SyncID)
	if err == nil && plan.HealthChanged {
		err = a.wakeForSync(ctx, in.SyncID)
	}
	return Plan{Batches: plan.Batches, Repositories: plan.Repositories}, err
}

// wakeForSync lets an organization's workflow look at its schedule again.
func (a *Activities) wakeForSync(ctx context.Context, syncID string) error {
	sync, err := a.Store.Sync(ctx, syncID)
	if err != nil {
		return err
	}
	return a.wake(ctx, sync.OrganizationID)
}

// BatchInput names one batch of a sync.
type BatchInput struct {
	SyncID string
	Batch  int // from 0
}

// BatchRepository is what a workflow needs to know of a repository.
type BatchRepository struct {
	ID       int64
	FullName string // for people who read the history
}

// batch lists the repositories of a batch that are not done yet.
func (a *Activities) batch(ctx context.Context, in BatchInput) ([]BatchRepository, error) {
	repositories, err := a.Store.SyncBatch(ctx, in.SyncID, in.Batch)
	batch := make([]BatchRepository, len(repositories))
	for i, r := range repositories {
		batch[i] = BatchRepository{ID: r.ID, FullName: r.FullName}
	}
	return batch, err
}

// StartRepository begins a repository's part in a sync and says which of its
// streams have something to read.
func (a *Activities) StartRepository(ctx context.Context, in StreamInput) ([]models.StreamKind, error) {
	return a.Store.StartRepository(ctx, in.SyncID, in.RepositoryID)
}

// FinishRepositoryInput is how a repository's part in a sync ended.
type FinishRepositoryInput struct {
	SyncID       string
	RepositoryID int64
	State        models.SyncState
	Code         models.Code
	Error        string
}

// FinishRepository records how a repository's part in a sync ended, unless the
// sync is gone.
func (a *Activities) FinishRepository(ctx context.Context, in FinishRepositoryInput) error {
	a.logIncomplete(ctx, in)
	return unlessGone(a.Store.FinishRepository(ctx, in.SyncID, in.RepositoryID, in.State, in.Code, in.Error))
}

// FinishSyncInput is how a sync ended.
type FinishSyncInput struct {
	SyncID string
	State  models.SyncState
	Code   models.Code
	Error  string
}

// SyncOutcome is what a sync came to, for people who read the history of its workflow.
type SyncOutcome struct {
	State        models.SyncState `json:",omitempty"` // completed, partial, failed or cancelled; empty when its row is gone
	Code         models.Code      `json:",omitempty"`
	Repositories int              // that were behind
	Failed       int              `json:",omitempty"` // of those
	Items        int64            // new and changed rows
	Requests     int64
	Points       int64
}

// String says it in a sentence, which Temporal's UI shows as Markdown.
func (o SyncOutcome) String() string {
	text := fmt.Sprintf("**%s**: %s, %s, %s, %s.", o.State, counted(o.Repositories, "repository", "repositories"),
		counted(o.Items, "new or changed item", "new and changed items"), counted(o.Requests, "request", "requests"), counted(o.Points, "point", "points"))
	if o.Failed > 0 {
		text += fmt.Sprintf(" %s failed.", counted(o.Failed, "repository", "repositories"))
	}
	return text + causedBy(o.Code)
}

// FinishSync records how a sync ended. A credential that GitHub refused is
// marked on its connection, where the user can replace it. Renamed accounts have their
// new name on all rows before the sync ends. A sync whose row is gone was
// deleted with its integration.
func (a *Activities) FinishSync(ctx context.Context, in FinishSyncInput) (SyncOutcome, error) {
	if in.Code == models.TokenInvalid {
		if err := a.Store.InvalidateCredential(ctx, in.SyncID); err != nil {
			return SyncOutcome{}, err
		}
	}
	sync, err := a.Store.Sync(ctx, in.SyncID)
	if err != nil {
		return SyncOutcome{}, unlessGone(err)
	}
	if err := a.Store.CorrectNames(ctx, sync.OrganizationID); err != nil {
		return SyncOutcome{}, err
	}
	if err := a.Store.FinishSync(ctx, in.SyncID, in.State, in.Code, in.Error); err != nil {
		return SyncOutcome{}, unlessGone(err)
	}
	ended, err := a.Store.Sync(ctx, in.SyncID)
	if err != nil {
		return SyncOutcome{}, unlessGone(err)
	}
	a.logEnded(ctx, ended)
	return SyncOutcome{
		State: ended.State, Code: ended.Code, Repositories: ended.Repositories, Failed: ended.Failed, Items: ended.Counts.Items(),
		Requests: ended.Usage.Requests, Points: ended.Usage.GraphQLPoints,
	}, nil
}
