package api

import (
	"errors"

	"go.temporal.io/sdk/temporal"

	"tributary/activities"
	"tributary/models"
)

func refusalCause(refusal *activities.Refusal) *Cause {
	cause := causeOf(refusal.Code, refusal.Detail, refusal.URL)
	cause.Missing = refusal.Missing
	return cause
}

func refusalProblem(refusal *activities.Refusal) *Problem {
	p := problem(refusal.Code, refusal.Detail)
	if refusal.URL != "" {
		p.Remediation.URL = refusal.URL
	}
	return p
}

// failureProblem says what a workflow failed for, as its activity told. What was
// told by none is our own doing.
func failureProblem(err error) *Problem {
	code, detail := models.InternalError, ""
	var failed *temporal.ApplicationError
	if errors.As(err, &failed) && failed.HasDetails() && failed.Details(&code, &detail) != nil {
		code, detail = models.InternalError, ""
	}
	return problem(code, detail)
}
