package api

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"golang.org/x/sync/errgroup"

	"tributary/activities"
	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
	"tributary/workflows"
)

// workerError tells the caller when it was a worker that did not answer, and
// not Temporal itself.
func (s *server) workerError(err error) error {
	var unreachable *serviceerror.Unavailable
	if isTimeout(err) && !errors.As(err, &unreachable) {
		return problem.New(models.WorkerDown, fmt.Sprintf("No worker answered within %s.", s.AnswerTime))
	}
	return err
}

func isTimeout(err error) bool {
	var update *client.WorkflowUpdateServiceTimeoutOrCanceledError
	var call *serviceerror.DeadlineExceeded
	return errors.As(err, &update) || errors.As(err, &call) || errors.Is(err, context.DeadlineExceeded)
}

func (s *server) wake(ctx context.Context, organizationID int64) error {
	organization, err := s.Store.Organization(ctx, organizationID)
	if err != nil {
		return err
	}
	return s.askTemporal(ctx, func(ctx context.Context) error { return workflows.Wake(ctx, s.Temporal, organization) })
}

// wakeLive lets the deliveries of an organization be followed, if it is known.
func (s *server) wakeLive(ctx context.Context, organizationID int64) error {
	organization, err := s.Store.Organization(ctx, organizationID)
	if errors.Is(err, store.ErrNotFound) || err == nil && organization.IntegrationID == "" {
		return nil
	}
	if err != nil {
		return err
	}
	return workflows.WakeLive(ctx, s.Temporal, organization)
}

// askTemporal says that Temporal is away when it takes longer to answer than
// people wait.
func (s *server) askTemporal(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.AnswerTime)
	defer cancel()
	err := s.whileTemporalAnswers(ctx, ask)
	if isTimeout(err) {
		return problem.New(problem.TemporalDown, "")
	}
	return err
}

// A Temporal that is away is noticed within a second: after healthEvery it is asked for its
// health, again and again, and has healthTime to answer.
const (
	healthEvery = 200 * time.Millisecond
	healthTime  = 700 * time.Millisecond
)

// whileTemporalAnswers asks Temporal for something for as long as it is there, and returns
// temporal_down once it is not. The SDK repeats what fails until the context ends, and a
// shorter one would also end what takes long for good reasons: a worker that asks GitHub.
// Only the health says which of the two a question waits for.
func (s *server) whileTemporalAnswers(ctx context.Context, ask func(context.Context) error) error {
	away := problem.New(problem.TemporalDown, "")
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	go func() {
		if err := s.awaitOutage(ctx); err != nil {
			s.Logger.WarnContext(ctx, "Temporal does not answer", "error", err, "request_id", door.RequestID(ctx))
			end(away)
		}
	}()
	err := ask(ctx)
	if err != nil && context.Cause(ctx) == away {
		return away
	}
	return err
}

// awaitOutage returns why Temporal is away, nil if the context ends first.
func (s *server) awaitOutage(ctx context.Context) error {
	next := time.NewTicker(healthEvery)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-next.C:
		}
		if err := s.temporalHealth(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

func (s *server) temporalHealth(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.HealthTime)
	defer cancel()
	_, err := s.Temporal.CheckHealth(ctx, &client.CheckHealthRequest{})
	return err
}

func isTemporalDown(err error) bool {
	var said *problem.Problem
	return errors.As(err, &said) && said.Code == problem.TemporalDown
}

// inParallel does something for each organization, a few at a time.
func inParallel(ctx context.Context, organizations []int64, do func(context.Context, int64) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for _, id := range organizations {
		group.Go(func() error { return do(ctx, id) })
	}
	return group.Wait()
}

func (s *server) temporalURL(kind, id string) string {
	if s.TemporalUIURL == "" {
		return ""
	}
	return strings.TrimSuffix(s.TemporalUIURL, "/") + "/namespaces/" + url.PathEscape(s.TemporalNamespace) + "/" + kind + "/" + url.PathEscape(id)
}

func refusalCause(refusal *activities.Refusal) *problem.Cause {
	cause := problem.CauseOf(refusal.Code, refusal.Detail, refusal.URL)
	cause.Missing = refusal.Missing
	return cause
}

func refusalProblem(refusal *activities.Refusal) *problem.Problem {
	p := problem.New(refusal.Code, refusal.Detail)
	if refusal.URL != "" {
		p.Remediation.URL = refusal.URL
	}
	return p
}

// failureProblem says what a workflow failed for, as its activity told. What was
// told by none is our own doing.
func failureProblem(err error) *problem.Problem {
	code, detail := models.InternalError, ""
	var failed *temporal.ApplicationError
	if errors.As(err, &failed) && failed.HasDetails() && failed.Details(&code, &detail) != nil {
		code, detail = models.InternalError, ""
	}
	return problem.New(code, detail)
}
