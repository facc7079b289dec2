package activities

import (
	"context"
	"errors"
	"time"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// LookInput names the organization whose time has come.
type LookInput struct{ OrganizationID int64 }

// Looked is what a look led to.
type Looked struct {
	// Wake: the organization's workflow has something to do.
	Wake  bool   `json:",omitempty"`
	Login string // for people who read the history
}

// lookRecorded is how long storing may take what was spent on a look that came to no end.
const lookRecorded = 5 * time.Second

// Look is a scheduled sync of an organization in which nothing changed: it probes,
// compares and plans, and stores the row of a sync that has ended. Where there is
// something to read the row is that of a sync that goes on. What is in the way of a look
// (a limit, a refusal, an outage), and what it leaves out, is the matter of a sync that
// it queues: that one waits for limits and says on its row why it gets nowhere.
func (a *Activities) Look(ctx context.Context, in LookInput) (Looked, error) {
	organization, err := a.Store.Organization(ctx, in.OrganizationID)
	if err != nil {
		return Looked{}, unlessGone(err)
	}
	looked := Looked{Login: organization.Login}
	var usage github.Usage
	var plan store.Plan
	sync, err := a.look(github.WithUsage(ctx, &usage), in)
	spent := takeUsage(&usage)
	if err == nil {
		plan, err = a.Store.SaveLook(ctx, sync, spent)
	}
	switch {
	case errors.Is(err, store.ErrNotFound): // nobody ingests it now
		return looked, nil
	case err != nil:
		looked.Wake, err = a.queueLook(ctx, in, spent)
	default:
		looked.Wake = plan.Batches > 0 || plan.Postponed || plan.HealthChanged
	}
	return looked, err
}

// errNoLook means that only a sync finds all that there is to find now.
var errNoLook = errors.New("a look would not find everything")

// look returns the sync that is to be stored.
func (a *Activities) look(ctx context.Context, in LookInput) (models.Sync, error) {
	sync, err := a.Store.BeginLook(ctx, in.OrganizationID)
	if err != nil {
		return sync, err
	}
	o, err := a.syncOf(ctx, sync)
	if err != nil {
		return sync, err
	}
	if err := a.mayLook(ctx, o); err != nil {
		return sync, err
	}
	if err := a.probe(ctx, o); err != nil {
		return sync, err
	}
	return sync, a.Store.CorrectNames(ctx, in.OrganizationID)
}

// mayLook returns errNoLook when the daily comparison is due, and while GitHub refuses
// the organization: then each time is to cost one request.
func (a *Activities) mayLook(ctx context.Context, o syncOf) error {
	access, err := a.Store.OrganizationAccess(ctx, o.connection.ID, o.organization)
	if err != nil {
		return err
	}
	due, err := a.compareDue(ctx, o.OrganizationID)
	readable := access.Access.Readable() || access.Access == models.AccessMembershipPending
	if err == nil && (due || !readable) {
		err = errNoLook
	}
	return err
}

// queueLook queues a sync in place of a look, with what GitHub charged for that, also
// when its time is up.
func (a *Activities) queueLook(ctx context.Context, in LookInput, spent models.Usage) (queued bool, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookRecorded)
	defer cancel()
	if queued, err = a.Store.QueueScheduled(ctx, in.OrganizationID); err != nil || !queued || spent == (models.Usage{}) {
		return queued, err
	}
	open, err := a.Store.OpenSyncs(ctx, in.OrganizationID)
	for _, sync := range open {
		if err == nil && sync.Trigger.Fresh() {
			return true, a.Store.AddUsage(ctx, sync.ID, spent)
		}
	}
	return true, err
}
