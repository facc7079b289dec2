package api

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"

	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
	"tributary/workflows"
)

// whyNotAsked are the codes for which GitHub is not asked at all.
var whyNotAsked = []models.Code{
	models.TokenInvalid, models.AppCredentialInvalid, models.ClockSkewed, models.RateLimited, models.SecondaryLimited, models.GitHubLockout, models.SecretKeyUnknown, models.SecretDamaged,
	models.GitHubUnavailable, models.GitHubUnexpected, models.GitHubHostUnknown, models.GitHubUnreachable, models.GitHubTLSFailed,
	models.GitHubAddressWrong, models.GitHubRouteMissing, models.ProxyFailed, models.InternalError,
}

// How often GitHub is asked what a connection may read: people press the button
// again when they have changed something there.
const (
	checkEvery   = 30 * time.Second
	checksAtOnce = 5
)

// checkAgain asks GitHub what a connection may read, and waits as long as a person
// does. Taking longer is no error: the list fills by itself. It is limited,
// because it costs requests of the connection's budget.
func (s *server) checkAgain(ctx context.Context, connectionID string) error {
	if wait := s.checks.Take(connectionID, s.Now()); wait > 0 {
		return problem.TooMany("GitHub was asked about this connection several times in a row; it is asked again", wait)
	}
	connection, err := s.Store.Connection(ctx, connectionID)
	if err != nil {
		return err
	}
	_, err = s.await(ctx, "organizations not asked", func(ctx context.Context) error {
		return workflows.RunPreflight(ctx, s.Temporal, connection)
	})
	return err
}

// await waits for a workflow as long as a person does and Temporal is there. Taking longer
// is no error: then it has not answered.
func (s *server) await(ctx context.Context, failed string, run func(context.Context) error) (answered bool, err error) {
	waiting, cancel := context.WithTimeout(ctx, s.AnswerTime)
	defer cancel()
	err = s.whileTemporalAnswers(waiting, run)
	switch {
	case isTemporalDown(err):
		return false, err
	case errors.As(err, new(*temporal.WorkflowExecutionError)):
		s.Logger.ErrorContext(ctx, failed, "error", err, "request_id", door.RequestID(ctx))
		return true, failureProblem(err)
	case waiting.Err() != nil || isTimeout(err):
		return false, nil
	}
	return true, err
}
