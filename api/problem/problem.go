// Package problem has what callers are told when something is wrong: each code
// with its title, its meaning, what to do and who can do it, as a Problem of RFC
// 9457. It knows nothing of requests, of the database or of the operations.
package problem

import (
	"encoding/json"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"tributary/models"
)

// ContentType is what a Problem is sent as.
const ContentType = "application/problem+json"

// Remediation is what to do about a problem.
type Remediation struct {
	Text string `json:"text" doc:"What to do." example:"Add the missing scopes to the token on GitHub, or generate one that has them, and test again."`
	URL  string `json:"url,omitempty" doc:"Where to do it."`
	Who  Who    `json:"who" enum:"you,org_owner,operator,nobody" doc:"Who can do it. nobody: nothing needs to be done."`
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

	// Unmet is only of webhooks that are switched on too early.
	Unmet []Cause `json:"unmet,omitempty" doc:"Everything that is needed and not there; the code is the first of them."`

	headers http.Header // that come with it; nil for none
}

// Error makes a Problem an error that handlers can return.
func (p *Problem) Error() string { return string(p.Code) + ": " + p.Detail }

// GetStatus tells huma the status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders tells huma what else to send.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// Write answers with the problem.
func (p *Problem) Write(w http.ResponseWriter) {
	maps.Copy(w.Header(), p.headers)
	w.Header().Set("Content-Type", ContentType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the caller is gone if this fails
}

// ContentType tells huma the content type.
func (p *Problem) ContentType(string) string { return ContentType }

// New returns an error made for the caller. Without a detail it has the code's
// own words.
func New(code models.Code, detail string) *Problem {
	cause := CauseOf(code, detail, "")
	p := &Problem{
		Type: "urn:tributary:problem:" + string(code), Title: cause.Title, Status: RemedyFor(code).Status,
		Detail: cause.Detail, Code: code, Remediation: cause.Remediation,
	}
	if slices.Contains(restarting, code) {
		p.headers = http.Header{"Retry-After": {restartSeconds}}
	}
	return p
}

// restarting are the codes of what is away, which is mostly a restart; restartSeconds is
// how soon programs are to ask again.
var restarting = []models.Code{models.DatabaseDown, TemporalDown, models.WorkerDown}

const restartSeconds = "5"

// Invalid is a problem with one place of the request that no schema describes.
func Invalid(location, message string) *Problem {
	p := New(InvalidRequest, "")
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

// CauseOf fills in what the table knows; url is where this occurrence can be
// mended, when GitHub said so.
func CauseOf(code models.Code, detail, url string) *Cause {
	remedy := RemedyFor(code)
	if detail == "" {
		detail = remedy.Meaning
	}
	if url == "" {
		url = remedy.URL
	}
	return &Cause{Code: code, Title: remedy.Title, Detail: detail, Remediation: Remediation{Text: remedy.Text, URL: url, Who: remedy.Who}}
}

// OptionalCause is CauseOf for codes that may be empty, which means no trouble.
func OptionalCause(code models.Code, detail, url string) *Cause {
	if code == "" {
		return nil
	}
	return CauseOf(code, detail, url)
}

// TooMany is a problem that says when to come back, in its last words and in the
// header Retry-After.
func TooMany(why string, wait time.Duration) *Problem {
	seconds := strconv.Itoa(int(math.Ceil(wait.Seconds())))
	p := New(TooManyRequests, why+" in "+seconds+" seconds.")
	p.headers = http.Header{"Retry-After": {seconds}}
	return p
}

// AccessChange is an organization as another credential would see it.
type AccessChange struct {
	OrganizationID int64                     `json:"organization_id" doc:"GitHub's id." example:"583231"`
	Organization   string                    `json:"organization" doc:"The login." example:"octo-org"`
	Access         models.OrganizationAccess `json:"access" enum:"checking,ok,ok_member,oauth_restricted,sso_required,membership_pending,app_not_installed,app_suspended,claimed_elsewhere,refused,gone" example:"sso_required"`
	Services       []models.Service          `json:"services,omitempty" enum:"repos,pull_requests,tickets" doc:"The services that this is about. Absent: all, or those of the repositories."`
	Repositories   []RepositoryLoss          `json:"repositories,omitempty" doc:"With lost: the repositories that are read now and could not be read then, or not all of them; 500 at most. Absent: all, or none in particular."`
	Code           models.Code               `json:"code,omitempty" doc:"Why it cannot be read." example:"sso_required"`
	RemedyURL      string                    `json:"remedy_url,omitempty" doc:"Where that can be mended." example:"https://github.com/orgs/octo-org/sso"`
}

// RepositoryLoss is a repository that another credential would not read.
type RepositoryLoss struct {
	ID       int64            `json:"id" doc:"GitHub's id." example:"1296269"`
	FullName string           `json:"full_name" example:"octo-org/hello-world"`
	Services []models.Service `json:"services,omitempty" enum:"repos,pull_requests,tickets" doc:"What of it would not be read. Absent: nothing would."`
}
