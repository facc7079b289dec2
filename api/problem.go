package api

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tributary/activities"
	"tributary/models"
	"tributary/store"
)

const problemType = "application/problem+json"

// Remediation is what to do about a problem.
type Remediation struct {
	Text string `json:"text" doc:"What to do." example:"Add the missing scopes to the token on GitHub, or generate one that has them, and test again."`
	URL  string `json:"url,omitempty" doc:"Where to do it."`
	Who  Who    `json:"who" enum:"you,org_owner,operator" doc:"Who can do it."`
}

// FieldError is one place of a request that breaks the schema. It never has
// the offending value: that may be a secret in the wrong field.
type FieldError struct {
	Location string `json:"location" doc:"Where, as in body.name or query.limit." example:"body.name"`
	Message  string `json:"message" doc:"What was expected there." example:"expected length >= 1"`
}

// Problem is the body of every error, as RFC 9457 describes it.
type Problem struct {
	Type        string       `json:"type" format:"uri" doc:"Names the code as a URI." example:"urn:tributary:problem:name_taken"`
	Title       string       `json:"title" doc:"The code in words, the same for every occurrence." example:"The name is taken"`
	Status      int          `json:"status" doc:"The HTTP status." example:"409"`
	Detail      string       `json:"detail" doc:"What happened this time." example:"Another integration has this name; upper and lower case count as the same."`
	Code        models.Code  `json:"code" doc:"Stable; programs branch on it." example:"name_taken"`
	RequestID   string       `json:"request_id,omitempty" doc:"Finds the request in the server's log."`
	Remediation Remediation  `json:"remediation" doc:"What to do."`
	Errors      []FieldError `json:"errors,omitempty" doc:"Each place of the request that breaks the schema."`
	// Lost is only of access_lost.
	Lost []AccessChange `json:"lost,omitempty" doc:"With access_lost: what could not be read any more."`

	headers http.Header // that come with it; nil for none
}

// Error makes a Problem an error that handlers can return.
func (p *Problem) Error() string { return string(p.Code) + ": " + p.Detail }

// GetStatus tells huma the status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders tells huma what else to send.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType tells huma the content type.
func (p *Problem) ContentType(string) string { return problemType }

// problem is an error made for the caller. Without a detail it has the code's
// own words.
func problem(code models.Code, detail string) *Problem {
	cause := causeOf(code, detail, "")
	return &Problem{
		Type: "urn:tributary:problem:" + string(code), Title: cause.Title, Status: RemedyFor(code).Status,
		Detail: cause.Detail, Code: code, Remediation: cause.Remediation,
	}
}

// invalid is a problem with one place of the request that no schema describes.
func invalid(location, message string) *Problem {
	p := problem(InvalidRequest, "")
	p.Errors = []FieldError{{Location: location, Message: message}}
	return p
}

// Cause explains trouble that is not this request's own: why GitHub refuses a
// credential or an organization, why a sync failed.
type Cause struct {
	Code        models.Code `json:"code" doc:"Stable; programs branch on it." example:"scope_missing"`
	Title       string      `json:"title" doc:"The code in words." example:"The token lacks a scope"`
	Detail      string      `json:"detail" doc:"What happened this time." example:"The token does not have every scope that reading an organization needs."`
	Remediation Remediation `json:"remediation" doc:"What to do."`
	Missing     []string    `json:"missing,omitempty" doc:"What is missing, for codes that say so: scopes, for example."`
}

// causeOf fills in what the table knows; url is where this occurrence can be
// mended, when GitHub said so.
func causeOf(code models.Code, detail, url string) *Cause {
	remedy := RemedyFor(code)
	if detail == "" {
		detail = remedy.Meaning
	}
	if url == "" {
		url = remedy.URL
	}
	return &Cause{Code: code, Title: remedy.Title, Detail: detail, Remediation: Remediation{Text: remedy.Text, URL: url, Who: remedy.Who}}
}

// optionalCause is causeOf for codes that may be empty, which means no trouble.
func optionalCause(code models.Code, detail, url string) *Cause {
	if code == "" {
		return nil
	}
	return causeOf(code, detail, url)
}

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

// problemFrom turns any error into the one the caller gets. What was not made
// for the caller is logged and answered as a plain 500.
func (s *server) problemFrom(ctx context.Context, err error) *Problem {
	answer := s.explain(ctx, err)
	answer.RequestID = requestID(ctx)
	return answer
}

func (s *server) explain(ctx context.Context, err error) *Problem {
	var made *Problem
	var claimed *store.ClaimedError
	var excluded *store.ExcludedError
	var purging *store.PurgingError
	switch {
	case errors.As(err, &made):
		answer := *made
		return &answer
	case errors.Is(err, store.ErrNotFound):
		return problem(NotFound, "")
	case errors.Is(err, store.ErrNameTaken):
		return problem(models.NameTaken, "")
	case errors.Is(err, store.ErrInUse):
		return problem(InUse, "")
	case errors.Is(err, store.ErrDeleting):
		return problem(IntegrationDeleting, "")
	case errors.Is(err, store.ErrCursor):
		return invalid("query.cursor", "expected a cursor of this list")
	case errors.As(err, &claimed):
		return problem(models.ClaimedElsewhere, claimed.Error())
	case errors.As(err, &excluded):
		return problem(models.ExcludedByRules, excluded.Error())
	case errors.As(err, &purging):
		return problem(models.RepoPurging, purging.Error())
	}
	if ctx.Err() != nil {
		return problem(Internal, "") // nobody is left to read it
	}
	s.Logger.ErrorContext(ctx, "request failed", "error", err, "request_id", requestID(ctx))
	if isAway(err) {
		return problem(TemporalDown, "")
	}
	return problem(Internal, "")
}

// withoutValues is a huma.Transformer. It turns the errors that huma makes by
// itself into Problems, and keeps of them only what cannot repeat a value.
func withoutValues(ctx huma.Context, _ string, body any) (any, error) {
	made, ok := body.(*huma.ErrorModel)
	if !ok {
		return body, nil
	}
	answer := problem(codeOfStatus(made.Status), "")
	answer.Status = made.Status
	answer.RequestID = requestID(ctx.Context())
	for _, e := range made.Errors {
		if e != nil {
			answer.Errors = append(answer.Errors, FieldError{Location: safeLocation(e), Message: safeMessage(e.Message)})
		}
	}
	if made.Status == http.StatusBadRequest && len(answer.Errors) == 0 {
		answer.Errors = []FieldError{{Location: "body", Message: "expected a body"}}
	}
	return answer, nil
}

func codeOfStatus(status int) models.Code {
	switch status {
	case http.StatusRequestEntityTooLarge:
		return BodyTooLarge
	case http.StatusUnsupportedMediaType:
		return UnsupportedMedia
	}
	if status >= http.StatusInternalServerError {
		return Internal
	}
	return InvalidRequest
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

// aName is what a part of an unknown field's path may look like to be repeated.
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

// writeProblem answers outside of huma's operations.
func writeProblem(w http.ResponseWriter, r *http.Request, p *Problem) {
	p.RequestID = requestID(r.Context())
	maps.Copy(w.Header(), p.headers)
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the caller is gone if this fails
}
