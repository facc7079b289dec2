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
	// maxBody bounds what one response may occupy. The largest legitimate ones, 100 pull requests with
	// bodies of 65,000 characters, stay below 20 MB.
	maxBody = 64 << 20
	// smallBody is more than nearly all need. What is larger waits for one of largeBodies places, so that all
	// requests together cannot occupy the memory that each of them may.
	smallBody   = 4 << 20
	largeBodies = 2
	// maxValues bounds what a response may be decoded into. A page of 100 pull requests has 50,000 values; 64 MB
	// of nothing but brackets would be gigabytes of objects.
	maxValues = 500_000
	// attemptTimeout bounds one request with its response. GitHub itself gives up computing after 10 s.
	attemptTimeout = time.Minute
	maxRedirects   = 5
)

// transport is the one way to GitHub. Each request waits for its turn, gets its token, and comes back as a
// complete successful response or as one of this package's errors.
type transport struct {
	host     *Host
	limiter  *limiter
	priority Priority
	token    TokenSource
	clientID string // when set, the token is this app's client secret
}

// RoundTrip implements http.RoundTripper. Limits that end soon are waited out here.
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
		count(req.Context(), Usage{Waited: wait})
	}
}

// attempt sends the request once.
func (t *transport) attempt(req *http.Request) (*http.Response, error) {
	resource, err := t.checkAllowed(req)
	if err != nil {
		return nil, err
	}
	pass, err := t.limiter.acquire(req.Context(), resource, t.priority)
	if err != nil {
		return nil, err
	}
	defer t.limiter.release(pass)

	token, err := t.token.Token(req.Context())
	if err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	said, err := t.send(req, token)
	if err == nil && said.refusesToken() {
		said, err = t.retryUnauthorized(req, token, said)
	}
	switch {
	case err != nil:
		return nil, err
	case said.limit != nil:
		return nil, t.limiter.block(req.Context(), *said.limit, pass)
	case said.refusal != nil:
		return nil, said.refusal
	}
	t.limiter.succeeded(pass)
	// go-github keeps a rate limit of its own, which takes several answers for what they are not. It
	// leaves out responses that a cache says it answered.
	said.resp.Header.Set("X-From-Cache", "1")
	return said.resp, nil
}

// answer is a response with what it turned out to be: a success when there is neither.
type answer struct {
	resp    *http.Response
	refusal *Error
	limit   *limit
}

func (a answer) refusesToken() bool { return a.refusal != nil && a.refusal.Kind == TokenInvalid }

// ask sends a request and judges what comes back.
func (t *transport) send(req *http.Request, token string) (said answer, err error) {
	sent := t.host.now()
	resp, body, err := t.exchange(req, token)
	if err != nil {
		return said, err
	}
	redactToken(resp.Header, token)
	if resp.StatusCode >= 300 || t.isGraphQL(req) && bytes.Contains(body, []byte(`"errors"`)) {
		body = bytes.ReplaceAll(body, []byte(token), []byte("[token]")) // errors are made of it
		setBody(resp, body)
	}
	said.resp = resp
	t.host.setClock(resp.Header)
	said.refusal, said.limit = classify(req, resp, body, t.host.now())
	if said.refusal != nil || said.limit != nil {
		resp.Body.Close() // nobody reads it
	}
	if said.refusal != nil {
		said.refusal.RemedyURL = t.host.safeURL(said.refusal.RemedyURL)
	}
	if countsForAccount(resp, messageOf(resp.StatusCode, body)) {
		t.limiter.observe(t.resource(req), resp.Header, sent)
	}
	return said, nil
}

// withoutToken keeps a token that is echoed out of whatever is made of headers.
func redactToken(h http.Header, token string) {
	for _, values := range h {
		for i := range values {
			values[i] = strings.ReplaceAll(values[i], token, "[token]")
		}
	}
}

// permit lets through what this client is for: reading from its host, and looking after tokens.
func (t *transport) checkAllowed(req *http.Request) (resource string, err error) {
	switch {
	case t.host.isTokenExchange(req):
		return coreResource, nil
	case !sameHost(req.URL, t.host.api):
		return "", &Error{Kind: Moved, Message: "address on another host", Endpoint: endpoint(req)}
	case t.isGraphQL(req), req.Method == http.MethodGet, t.host.isTokenRequest(req):
		return t.resource(req), nil
	}
	return "", &Error{Kind: Validation, Message: "only reading is permitted", Endpoint: endpoint(req)}
}

func (t *transport) resource(req *http.Request) string {
	if t.isGraphQL(req) {
		return graphQLResource
	}
	return coreResource
}

func (t *transport) isGraphQL(req *http.Request) bool {
	return req.Method == http.MethodPost && req.URL.Path == t.host.graphQL.Path
}

// send adds the token and reads the whole response, so that what follows never blocks on the network and
// a body that breaks off is an error here.
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
		body, err := req.GetBody() // an attempt before this one has read the first copy
		if err != nil {
			return nil, nil, err
		}
		out.Body = body
	}

	count(ctx, Usage{Requests: 1})
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

// maxRefusal is more than GitHub says when it refuses; of what is longer nobody reads the rest.
const maxRefusal = 64 << 10

func limitedBody(resp *http.Response) io.Reader {
	if resp.StatusCode >= 300 {
		return io.LimitReader(resp.Body, maxRefusal)
	}
	return resp.Body
}

// heldBody is a body that was read, and its place among the large ones until it is closed.
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

// readBody reads a body to its end, or one byte beyond what is too much. The caller releases its place in any case.
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

// valuesIn counts what stands beside and within each other in a JSON text, strings aside.
func countValues(text []byte) (n int) {
	within := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			within = !within
		case within && c == '\\':
			i++
		case !within && (c == ',' || c == '{' || c == '['):
			n++
		}
	}
	return n
}

func (t *transport) authorize(req *http.Request, token string) {
	switch {
	case t.host.isTokenExchange(req):
		req.Header.Set("Accept", "application/json") // else the answer is a form. That of the request holds the secret.
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

// checkRedirect follows GitHub to a repository's new place and nowhere else. A query is never redirected, its
// new place would be another API; and neither is a request that holds a secret. Whoever redirects them, as login
// pages do, is not GitHub's API.
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

// place is the part of an address that holds no secret.
func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }

func endpoint(req *http.Request) string {
	return req.Method + " " + plain.Short(req.URL.Path, 300)
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
