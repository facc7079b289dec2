package door

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"go.temporal.io/api/serviceerror"

	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
)

// Problem turns any error into the one the caller gets. What was not made
// for the caller is logged and answered as a plain 500.
func (d *Door) Problem(ctx context.Context, err error) *problem.Problem {
	answer := d.explain(ctx, err)
	answer.RequestID = RequestID(ctx)
	return answer
}

func (d *Door) explain(ctx context.Context, err error) *problem.Problem {
	var made *problem.Problem
	var claimed *store.ClaimedError
	var excluded *store.ExcludedError
	var purging *store.PurgingError
	switch {
	case errors.As(err, &made):
		answer := *made
		return &answer
	case errors.Is(err, store.ErrNotFound):
		return problem.New(problem.NotFound, "")
	case errors.Is(err, store.ErrNameTaken):
		return problem.New(models.NameTaken, "")
	case errors.Is(err, store.ErrInUse):
		return problem.New(problem.InUse, "")
	case errors.Is(err, store.ErrDeleting):
		return problem.New(problem.IntegrationDeleting, "")
	case errors.Is(err, store.ErrCursor):
		return problem.Invalid("query.cursor", "expected a cursor of this list")
	case errors.As(err, &claimed):
		return problem.New(models.ClaimedElsewhere, claimed.Error())
	case errors.As(err, &excluded):
		return problem.New(models.ExcludedByRules, excluded.Error())
	case errors.As(err, &purging):
		return problem.New(models.RepoPurging, purging.Error())
	}
	if ctx.Err() != nil {
		return problem.New(problem.Internal, "") // the caller has left
	}
	d.Logger.ErrorContext(ctx, "request failed", "error", err, "request_id", RequestID(ctx))
	switch {
	case errors.Is(err, store.ErrAway):
		return problem.New(models.DatabaseDown, "")
	case errors.Is(err, store.ErrUnwritable):
		return problem.New(models.DatabaseUnwritable, "")
	case isAway(err):
		return problem.New(problem.TemporalDown, "")
	}
	return problem.New(problem.Internal, "")
}

// withoutValues is a huma.Transformer. It turns the errors that huma makes by
// itself into Problems, and keeps of them only what cannot repeat a value.
func withoutValues(ctx huma.Context, _ string, body any) (any, error) {
	made, ok := body.(*huma.ErrorModel)
	if !ok {
		return body, nil
	}
	answer := problem.New(codeOfStatus(made.Status), "")
	answer.Status = made.Status
	answer.RequestID = RequestID(ctx.Context())
	for _, e := range made.Errors {
		if e != nil {
			answer.Errors = append(answer.Errors, problem.FieldError{Location: safeLocation(e), Message: safeMessage(e.Message)})
		}
	}
	if made.Status == http.StatusBadRequest && len(answer.Errors) == 0 {
		answer.Errors = []problem.FieldError{{Location: "body", Message: "expected a body"}}
	}
	return answer, nil
}

func codeOfStatus(status int) models.Code {
	switch status {
	case http.StatusRequestEntityTooLarge:
		return problem.BodyTooLarge
	case http.StatusUnsupportedMediaType:
		return problem.UnsupportedMedia
	}
	if status >= http.StatusInternalServerError {
		return problem.Internal
	}
	return problem.InvalidRequest
}

// ourMessages are huma's messages that come from the schema alone. All others
// can hold a piece of the request, such as those of a JSON decoder.
var ourMessages = regexp.MustCompile(`^(expected|unexpected property|unknown query parameter|required|invalid integer|invalid boolean|invalid date/time)`)

// safeMessage cuts off what follows a colon, which is where huma appends the
// words of other packages.
func safeMessage(message string) string {
	if !ourMessages.MatchString(message) {
		return "malformed"
	}
	message, _, _ = strings.Cut(message, ": ")
	return message
}

// aName matches the parts of an unknown field's path that may be repeated.
// No token that GitHub or we hand out consists of lower-case words only.
var aName = regexp.MustCompile(`^[a-z_]{1,32}(\[\d+\])*$`)

// safeLocation names an unknown field only if it cannot be a secret that was
// pasted in the place of a name. Known fields are named by the schema.
func safeLocation(e *huma.ErrorDetail) string {
	if !strings.HasPrefix(e.Message, "unexpected") && !strings.HasPrefix(e.Message, "unknown") {
		return e.Location
	}
	parts := strings.Split(e.Location, ".")
	for i, part := range parts {
		if !aName.MatchString(part) {
			parts[i] = "?"
		}
	}
	return strings.Join(parts, ".")
}

// WriteProblem answers outside of huma's operations.
func WriteProblem(w http.ResponseWriter, r *http.Request, p *problem.Problem) {
	p.RequestID = RequestID(r.Context())
	p.Write(w)
}

// isAway reports whether Temporal failed because of itself or of how it is set up,
// and not because of what was asked.
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
