package github

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/Khan/genqlient/graphql"
)

// queryError is one error inside a GraphQL response. GitHub puts its reason into type, which the GraphQL specification
// does not have. https://docs.github.com/graphql/overview/changelog
type queryError struct {
	Type       string
	Message    string
	Path       []any
	Extensions struct {
		Code        string
		SAMLFailure bool `json:"saml_failure"`
	}
}

// maxErrors of one answer are read. The rest says the same.
const maxErrors = 1000

// errorList holds the errors of an answer, up to maxErrors.
type errorList []queryError

// UnmarshalJSON also cuts long messages, because patterns search them.
func (l *errorList) UnmarshalJSON(text []byte) error {
	var all []queryError
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	for i := range all {
		all[i].Message = all[i].Message[:min(len(all[i].Message), 4*maxMessage)]
	}
	*l = all[:min(len(all), maxErrors)]
	return nil
}

// queryErrors come beside the data that there is. Callers that need the whole answer turn them into an *Error.
type queryErrors struct {
	host     *Host
	response *http.Response
	errors   []queryError
}

func (e *queryErrors) Error() string { return e.refusal(e.errors[0]).Error() }

// refusal is one of the errors as a refusal of the whole request.
func (e *queryErrors) refusal(q queryError) *Error {
	refused := responseError(e.response.Request, e.response, q.kind(), q.Message)
	if refused.Kind == SSORequired {
		refused.RemedyURL = e.host.safeURL(ssoURL(e.response.Header))
	}
	return refused
}

// wholeAnswer returns err as an error of a query that needs its whole answer.
func wholeAnswer(err error) error {
	var partial *queryErrors
	if errors.As(err, &partial) {
		return partial.refusal(partial.errors[0])
	}
	return err
}

func (q queryError) kind() Kind {
	switch q.Type {
	case "NOT_FOUND":
		return NotFound
	case "INSUFFICIENT_SCOPES":
		return ScopeMissing
	case "FORBIDDEN":
		if q.Extensions.SAMLFailure {
			return SSORequired
		}
		return forbiddenKind(http.Header{}, q.Message)
	case "RESOURCE_LIMITS_EXCEEDED":
		return ResourceLimits
	case "SERVICE_UNAVAILABLE":
		return ServerError
	}
	switch {
	case q.Type == malformedType:
		return BadResponse
	case q.Type == "" && q.Extensions.Code != "": // from before the query was executed
		return QueriesRefused
	case strings.HasPrefix(q.Message, "Something went wrong"), timeoutText.MatchString(q.Message):
		return Timeout
	case q.Type == "":
		return ServerError // without a reason
	}
	return Validation
}

// index returns the index that follows the given names in the error's path: the object of a list that it concerns.
func (q queryError) index(names ...string) (int, bool) {
	if len(q.Path) <= len(names) {
		return 0, false
	}
	for n, name := range names {
		if q.Path[n] != name {
			return 0, false
		}
	}
	i, ok := q.Path[len(names)].(float64)
	return int(i), ok && i >= 0
}

// isLimit knows both spellings that GitHub uses.
func (q queryError) isLimit() bool {
	return q.Type == "RATE_LIMITED" || q.Type == "RATE_LIMIT" || (q.Type == "" && limitText.MatchString(q.Message))
}

// graphQLLimit finds a limit in a response that is a success by its status.
func graphQLLimit(body []byte) (message string, limited bool) {
	if !bytes.Contains(body, []byte(`"errors"`)) {
		return "", false
	}
	var answer struct{ Errors errorList }
	if json.Unmarshal(body, &answer) != nil {
		return "", false
	}
	for _, q := range answer.Errors {
		if q.isLimit() {
			return q.Message, true
		}
	}
	return "", false
}

// queries is the client of the generated code. genqlient's own client hides the headers of responses and the types of
// errors.
type queries struct{ *Client }

// MakeRequest implements graphql.Client. It fills resp.Data even when it returns *queryErrors. It does not send a
// query that was refused lately.
func (c queries) MakeRequest(ctx context.Context, query *graphql.Request, resp *graphql.Response) error {
	if err := c.refusedLately(query.OpName); err != nil {
		return err
	}
	return c.noteRefusal(query.OpName, c.send(ctx, query, resp))
}

func (c queries) send(ctx context.Context, query *graphql.Request, resp *graphql.Response) error {
	req, err := c.newQuery(ctx, query)
	if err != nil {
		return err
	}
	answer, err := c.http.Do(req)
	if err != nil {
		return failure(endpoint(req), err)
	}
	defer answer.Body.Close()
	body, err := readAll(answer)
	if err != nil {
		return failure(endpoint(req), err)
	}
	var envelope struct {
		Data   json.RawMessage
		Errors errorList
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return decodeError(answer, err)
	}
	if len(envelope.Data) > 0 {
		skipped, err := decodeSkipping(envelope.Data, resp.Data)
		if err != nil {
			return decodeError(answer, err)
		}
		envelope.Errors = append(envelope.Errors, skipped...)
		c.countCost(ctx, resp.Data)
	}
	partial := &queryErrors{host: c.host, response: answer, errors: envelope.Errors}
	switch {
	case len(envelope.Errors) > 0 && envelope.Errors[0].kind() == QueriesRefused:
		return partial.refusal(envelope.Errors[0])
	case len(envelope.Errors) > 0:
		return partial
	case len(envelope.Data) == 0 || string(envelope.Data) == "null":
		return responseError(req, answer, BadResponse, "the response holds neither data nor errors")
	}
	return nil
}

// graphQLEndpoint is what errors about a query name.
func (c *Client) graphQLEndpoint() string {
	return http.MethodPost + " " + c.host.graphQL.Path
}

// graphQLError is an error of ours about an answer.
func (c *Client) graphQLError(kind Kind, message string) *Error {
	return &Error{Kind: kind, Status: http.StatusOK, Message: message, Endpoint: c.graphQLEndpoint()}
}

func (c queries) newQuery(ctx context.Context, query *graphql.Request) (*http.Request, error) {
	body, err := json.Marshal(query)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.host.graphQL.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/json")
	// This key allows net/http to repeat the query on a connection that turns out to be closed. It is not sent.
	req.Header["X-Idempotency-Key"] = nil
	return req, nil
}

// maxCost is more than any query costs: the points of an hour.
const maxCost = 10_000

// countCost counts what the query cost. Only the response tells. GitHub also charges for what it gives up computing,
// and does not tell how much.
func (c queries) countCost(ctx context.Context, data any) {
	answer, priced := data.(interface{ GetRateLimit() charge })
	if !priced || answer.GetRateLimit().Cost == 0 {
		return
	}
	cost := answer.GetRateLimit().Cost
	if cost < 1 || cost > maxCost {
		cost = 1 // impossible
	}
	spent := Usage{GraphQLPoints: int64(cost)}
	count(ctx, spent)
	c.host.spent(c.limiter.owner, c.priority, spent)
	c.limiter.chargeExtra(GraphQLResource, c.priority, cost-1)
}
