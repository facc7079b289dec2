package api

import (
	"context"
	"errors"

	"go.temporal.io/sdk/temporal"

	"tributary/models"
	"tributary/workflows"
)

// whyNotAsked are the codes of what keeps GitHub from being asked at all.
var whyNotAsked = []models.Code{
	models.TokenInvalid, models.AppCredentialInvalid, models.ClockSkewed, models.RateLimited, models.SecondaryLimited, models.GitHubLockout, models.SecretKeyUnknown, models.SecretDamaged,
	models.GitHubUnavailable, models.GitHubUnexpected, models.GitHubHostUnknown, models.GitHubUnreachable, models.GitHubTLSFailed,
	models.GitHubAddressWrong, models.GitHubRouteMissing, models.ProxyFailed, models.InternalError,
}

// checkAgain asks GitHub what a connection may read, and waits for as long as a
// person does. That it takes longer is no error: the list fills by itself. It
// costs requests of the connection's budget, whoever asks for it.
func (s *server) checkAgain(ctx context.Context, connectionID string) error {
	if wait := s.spare(s.checks, connectionID); wait > 0 {
		return tooMany("GitHub was asked about this connection several times in a row; it is asked again", wait)
	}
	waiting, cancel := context.WithTimeout(ctx, s.AnswerTime)
	defer cancel()
	err := workflows.RunPreflight(waiting, s.Temporal, connectionID)
	switch {
	case errors.As(err, new(*temporal.WorkflowExecutionError)):
		s.Logger.ErrorContext(ctx, "organizations not asked", "error", err, "request_id", requestID(ctx))
		return failureProblem(err)
	case waiting.Err() != nil || isTimeout(err):
		return nil
	}
	return err
}
