package github

import (
	"context"
	"fmt"
	"net/http"
)

// GitHub refuses one good token in many thousands at random, and locks an address out after too many refusals. So a
// token counts as bad only if a resource that every good token can read refuses it too. That is asked once.

// retryUnauthorized goes on after a 401: with a new token where the refused one may have ended early, or with the
// same one if it is good. A second 401 then says nothing about the token.
func (t *transport) retryUnauthorized(req *http.Request, token string, refused answer) (answer, error) {
	var err error
	good := true
	if source, ok := t.token.(renewable); ok {
		if token, err = source.renew(req.Context(), token); err != nil {
			return refused, fmt.Errorf("token: %w", err)
		}
	} else if good, err = t.isTokenValid(req.Context(), token); err != nil || !good {
		return refused, err
	}
	got, err := t.send(req, token)
	if err == nil && got.refusesToken() {
		got.refusal.Kind = Unauthorized
	}
	return got, err
}

// isTokenValid asks GitHub whether a token is good, once for all requests that it refused together. An error means that
// GitHub did not say.
func (t *transport) isTokenValid(ctx context.Context, token string) (good bool, err error) {
	path := t.checkPath()
	if path == "" || t.limiter.isRejected(token) {
		return false, nil
	}
	if err := t.limiter.checkBlocked(ctx, CoreResource); err != nil {
		return false, err
	}
	// It goes on when the first caller gives up, because others wait for it.
	got, err, _ := t.limiter.tokenChecks.Do(token, func() (any, error) { return t.checkToken(context.WithoutCancel(ctx), path, token) })
	if err != nil {
		return false, err
	}
	return got.(bool), nil
}

func (t *transport) checkToken(ctx context.Context, path, token string) (good bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.host.api.JoinPath(path).String(), nil)
	if err != nil {
		return false, err
	}
	req.Header.Set("Accept", "application/vnd.github+json")
	got, err := t.send(req, token)
	switch {
	case err != nil:
		return false, err
	case got.limit != nil:
		return false, t.limiter.block(ctx, *got.limit, permit{resource: CoreResource})
	case got.refusesToken():
		t.limiter.noteRejected(token)
		return false, nil
	case got.refusal != nil && got.refusal.Temporary():
		return false, got.refusal
	}
	got.resp.Body.Close()
	return true, nil // also after another refusal: then GitHub knows the token
}

// checkPath is a resource that every good token of this kind can read, or empty.
func (t *transport) checkPath() string {
	_, isApp := t.token.(*appKey)
	switch {
	case t.clientID != "", t.anonymous:
		return "" // an app's client secret reads nothing, and nor does the code of a manifest
	case isApp:
		return "app"
	}
	return "user"
}

func (l *limiter) isRejected(token string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rejected == token
}

func (l *limiter) noteRejected(token string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rejected = token
}
