package github

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"tributary/plain"
)

const (
	// maxBody bounds one response. The largest that GitHub sends, 100 pull requests with bodies of 65,000
	// characters, stay below 20 MB.
	maxBody = 64 << 20
	// smallBody is more than nearly all responses have. A larger one waits for one of largeBodies places, which
	// bounds the memory of all requests together.
	smallBody   = 4 << 20
	largeBodies = 2
	// maxValues bounds what a response decodes to. A page of 100 pull requests has 50,000 values; 64 MB of brackets
	// would become gigabytes of objects.
	maxValues = 500_000
	// attemptTimeout bounds one request with its response. GitHub itself gives up computing after 10 s.
	attemptTimeout = time.Minute
	maxRedirects   = 5
)

// transport sends all requests to GitHub. Each waits for its permit, gets its token, and returns a complete
// successful response or one of this package's errors.
type transport struct {
	host     *Host
	limiter  *limiter
	priority Priority
	token    TokenSource
	clientID string // when set, the token is this app's client secret
	// anonymous requests have their secret, which the token is here too, in the path.
	anonymous bool
}

// RoundTrip implements http.RoundTripper. It waits out the limits that end soon.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	patience := t.host.maxWait
	for {
		resp, err := t.attempt(req)
		var limited *RateLimitError
		if !errors.As(err, &limited) {
			return resp, err
		}
		wait := max(0, limited.Until.Sub(t.host.now()))
		if deadline, has := req.Context().Deadline(); wait > patience || has && limited.Until.After(deadline) {
			return nil, err
		}
		patience -= wait
		if err := t.host.sleep(req.Context(), wait); err != nil {
			return nil, err
		}
		t.count(req.Context(), Usage{Waited: wait})
	}
}

// attempt sends the request once, or once more after a refused token.
func (t *transport) attempt(req *http.Request) (*http.Response, error) {
	resource, err := t.checkAllowed(req)
	if err != nil {
		return nil, err
	}
	permit, err := t.limiter.acquire(req.Context(), resource, t.priority)
	if err != nil {
		return nil, err
	}
	defer t.limiter.release(permit)

	token, err := t.token.Token(req.Context())
	if err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	got, err := t.send(req, token)
	if err == nil && got.refusesToken() {
		got, err = t.retryUnauthorized(req, token, got)
	}
	switch {
	case err != nil:
		return nil, err
	case got.limit != nil:
		return nil, t.limiter.block(req.Context(), *got.limit, permit)
	case got.refusal != nil:
		return nil, got.refusal
	}
	t.limiter.succeeded(permit)
	// go-github keeps its own rate limit and misreads several answers. It ignores responses from a cache.
	got.resp.Header.Set("X-From-Cache", "1")
	return got.resp, nil
}

// answer is a response and its class: a success when there is neither a refusal nor a limit.
type answer struct {
	resp    *http.Response
	refusal *Error
	limit   *limit
}

func (a answer) refusesToken() bool { return a.refusal != nil && a.refusal.Kind == TokenInvalid }

// send sends a request and classifies the response.
func (t *transport) send(req *http.Request, token string) (got answer, err error) {
	sent := t.host.now()
	resp, body, err := t.exchange(req, token)
	if err != nil {
		return got, err
	}
	redactToken(resp.Header, token)
	if resp.StatusCode >= 300 || t.isGraphQL(req) && bytes.Contains(body, []byte(`"errors"`)) {
		body = bytes.ReplaceAll(body, []byte(token), []byte("[token]")) // errors quote it
		setBody(resp, body)
	}
	got.resp = resp
	t.host.setClock(resp.Header)
	got.refusal, got.limit = classify(req, resp, body, t.host.now())
	if got.refusal != nil || got.limit != nil {
		resp.Body.Close() // nobody reads it
	}
	if got.refusal != nil {
		got.refusal.RemedyURL = t.host.safeURL(got.refusal.RemedyURL)
	}
	if countsForAccount(resp, messageOf(resp.StatusCode, body)) {
		t.limiter.observe(t.resource(req), resp.Header, sent)
	}
	return got, nil
}

// redactToken removes an echoed token from the headers, which errors quote.
func redactToken(h http.Header, token string) {
	for _, values := range h {
		for i := range values {
			values[i] = strings.ReplaceAll(values[i], token, "[token]")
		}
	}
}

func (t *transport) count(ctx context.Context, spent Usage) {
	count(ctx, spent)
	t.host.spent(t.limiter.owner, t.priority, spent)
}

// checkAllowed allows reading from the host, and the writes of which there is a list.
func (t *transport) checkAllowed(req *http.Request) (resource string, err error) {
	switch {
	case t.host.isTokenExchange(req):
		return CoreResource, nil
	case !sameHost(req.URL, t.host.api):
		return "", &Error{Kind: Moved, Message: "address on another host", Endpoint: endpoint(req)}
	case t.isGraphQL(req), req.Method == http.MethodGet, t.host.isPermittedWrite(req):
		return t.resource(req), nil
	}
	return "", &Error{Kind: Validation, Message: "only reading is permitted", Endpoint: endpoint(req)}
}

func (t *transport) resource(req *http.Request) string {
	if t.isGraphQL(req) {
		return GraphQLResource
	}
	return CoreResource
}

func (t *transport) isGraphQL(req *http.Request) bool {
	return req.Method == http.MethodPost && req.URL.Path == t.host.graphQL.Path
}

// exchange adds the token, sends the request and reads the whole response. So nothing later blocks on the network,
// and a body that breaks off is an error here.
func (t *transport) exchange(req *http.Request, token string) (*http.Response, []byte, error) {
	if token == "" {
		return nil, nil, &Error{Kind: TokenInvalid, Message: "the token is empty", Endpoint: endpoint(req)}
	}
	ctx, cancel := context.WithTimeout(req.Context(), attemptTimeout)
	defer cancel()
	out := req.Clone(ctx)
	out.Header.Set("User-Agent", userAgent)
	t.authorize(out, token)
	if req.GetBody != nil {
		body, err := req.GetBody() // an earlier attempt has read the first copy
		if err != nil {
			return nil, nil, err
		}
		out.Body = body
	}

	t.count(ctx, Usage{Requests: 1})
	resp, err := t.host.base.RoundTrip(out)
	if err != nil {
		return nil, nil, networkError(req, err)
	}
	defer resp.Body.Close()
	body, release, err := t.host.readBody(req.Context(), limitedBody(resp))
	switch {
	case req.Context().Err() != nil:
		err = req.Context().Err()
	case err != nil:
		err = responseError(req, resp, bodyErrorKind(err), "the response broke off")
	case len(body) > maxBody:
		err = responseError(req, resp, BadResponse, "the response is larger than 64 MB")
	case countValues(body) > maxValues:
		err = responseError(req, resp, BadResponse, "the response has more than 500,000 values")
	}
	if err != nil {
		release()
		return nil, nil, err
	}
	resp.Body = &bufferedBody{release: release}
	setBody(resp, body)
	return resp, body, nil
}

// maxRefusal is more than a refusal of GitHub's has. The rest of a longer one is not read.
const maxRefusal = 64 << 10

func limitedBody(resp *http.Response) io.Reader {
	if resp.StatusCode >= 300 {
		return io.LimitReader(resp.Body, maxRefusal)
	}
	return resp.Body
}

// bufferedBody is a body in memory. It keeps its place among the large ones until it is closed.
type bufferedBody struct {
	bytes.Reader
	release func()
}

func setBody(resp *http.Response, body []byte) {
	resp.Body.(*bufferedBody).Reset(body)
	resp.ContentLength = int64(len(body))
}

func (b *bufferedBody) Close() error {
	b.release()
	return nil
}

// readBody reads a body to its end, or to one byte beyond maxBody. The caller must call release in any case.
func (h *Host) readBody(ctx context.Context, from io.Reader) (body []byte, release func(), err error) {
	body, err = io.ReadAll(io.LimitReader(from, smallBody))
	if err != nil || len(body) < smallBody {
		return body, func() {}, err
	}
	select {
	case h.large <- struct{}{}:
	case <-ctx.Done():
		return nil, func() {}, ctx.Err()
	}
	whole := bytes.NewBuffer(body)
	_, err = whole.ReadFrom(io.LimitReader(from, maxBody+1-smallBody))
	return whole.Bytes(), sync.OnceFunc(func() { <-h.large }), err
}

// countValues estimates the values of a JSON text: it counts commas and opening brackets outside of strings.
func countValues(text []byte) (n int) {
	inString := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			inString = !inString
		case inString && c == '\\':
			i++
		case !inString && (c == ',' || c == '{' || c == '['):
			n++
		}
	}
	return n
}

func (t *transport) authorize(req *http.Request, token string) {
	switch {
	case t.anonymous:
	case t.host.isTokenExchange(req):
		req.Header.Set("Accept", "application/json") // the default is a form; the form of the request holds the secret
	case t.clientID != "":
		req.SetBasicAuth(t.clientID, token)
	default:
		req.Header.Set("Authorization", "Bearer "+token)
	}
}

func bodyErrorKind(err error) Kind {
	if errors.Is(err, context.DeadlineExceeded) {
		return Timeout
	}
	return BadResponse
}

// checkRedirect follows GitHub to a repository's new address and nowhere else. GitHub redirects neither queries nor
// requests that hold a secret. A host that does, such as a login page, is not GitHub's API.
func (h *Host) checkRedirect(req *http.Request, via []*http.Request) error {
	e := &Error{Kind: NotAPI, Status: req.Response.StatusCode, Endpoint: endpoint(via[0])}
	switch {
	case via[0].Method != http.MethodGet:
		e.Message = h.Name() + " redirects more than reading, to " + origin(req.URL)
	case !sameHost(req.URL, h.api):
		e.Message = h.Name() + " redirects to " + origin(req.URL)
	case len(via) > maxRedirects:
		e.Message = h.Name() + " redirects again and again"
	default:
		return nil
	}
	return e
}

// origin is the part of an address that holds no secret.
func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }

func endpoint(req *http.Request) string {
	return req.Method + " " + withoutCode(plain.Short(req.URL.Path, 300))
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
