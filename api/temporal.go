package api

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"tributary/models"
	"tributary/workflows"
)

// workerError tells the caller when it was a worker that did not answer, and
// not Temporal itself.
func (s *server) workerError(err error) error {
	var unreachable *serviceerror.Unavailable
	if isTimeout(err) && !errors.As(err, &unreachable) {
		return problem(models.WorkerDown, fmt.Sprintf("No worker answered within %s.", s.AnswerTime))
	}
	return err
}

func isTimeout(err error) bool {
	var update *client.WorkflowUpdateServiceTimeoutOrCanceledError
	var call *serviceerror.DeadlineExceeded
	return errors.As(err, &update) || errors.As(err, &call) || errors.Is(err, context.DeadlineExceeded)
}

// isAway reports whether Temporal did not do what it was asked because of itself
// or of how it is set up, and not because of what was asked.
func isAway(err error) bool {
	var unreachable *serviceerror.Unavailable
	var exhausted *serviceerror.ResourceExhausted
	var late *serviceerror.DeadlineExceeded
	var broken *serviceerror.Internal
	var noNamespace *serviceerror.NamespaceNotFound
	var denied *serviceerror.PermissionDenied
	return errors.As(err, &unreachable) || errors.As(err, &exhausted) || errors.As(err, &late) || errors.As(err, &broken) ||
		errors.As(err, &noNamespace) || errors.As(err, &denied)
}

// queueSyncs asks for a sync of each organization and wakes their workflows.
// What is queued stays queued if Temporal is away: a worker that starts looks
// for it.
func (s *server) queueSyncs(ctx context.Context, integrationID string, organizations []int64, trigger models.SyncTrigger) ([]Sync, error) {
	queued := []Sync{}
	for _, id := range organizations {
		sync, err := s.Store.QueueSync(ctx, integrationID, id, trigger)
		if err != nil {
			return nil, err
		}
		queued = append(queued, s.viewSync(sync))
	}
	for _, id := range organizations {
		if err := s.wake(ctx, id); err != nil {
			return nil, err
		}
	}
	return queued, nil
}

func (s *server) wake(ctx context.Context, organizationID int64) error {
	organization, err := s.Store.Organization(ctx, organizationID)
	if err != nil {
		return err
	}
	return s.askTemporal(ctx, func(ctx context.Context) error { return workflows.Wake(ctx, s.Temporal, organization) })
}

// askTemporal says that Temporal is away when it takes longer to answer than
// people wait.
func (s *server) askTemporal(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.AnswerTime)
	defer cancel()
	err := ask(ctx)
	if isTimeout(err) {
		return problem(TemporalDown, "")
	}
	return err
}
