package github

import (
	"context"
	"fmt"
	"net/http"
)

// GitHub refuses one good token in many thousands at random, and a lockout follows too many refusals. So a token
// is condemned only when it is refused by what answers every good one too, and that is asked once.

// askAgain goes on after a 401: with another token where the refused one may have died before its time, or with
// the same one where that is good. What refuses a token that is good elsewhere says nothing about the token.
func (t *transport) retryUnauthorized(req *http.Request, token string, refused answer) (answer, error) {
	var err error
	good := true
	if dies, can := t.token.(renewable); can {
		if token, err = dies.renew(req.Context(), token); err != nil {
			return refused, fmt.Errorf("token: %w", err)
		}
	} else if good, err = t.isTokenValid(req.Context(), token); err != nil || !good {
		return refused, err
	}
	said, err := t.send(req, token)
	if err == nil && said.refusesToken() {
		said.refusal.Kind = Unauthorized
	}
	return said, err
}

// proves asks GitHub whether a token is good, once for all requests that were refused together. Its error is that
// GitHub did not say.
func (t *transport) isTokenValid(ctx context.Context, token string) (good bool, err error) {
	proof := t.checkPath()
	if proof == "" || t.limiter.isRejected(token) {
		return false, nil
	}
	if err := t.limiter.checkBlocked(ctx, coreResource); err != nil {
		return false, err
	}
	// Whoever began may give up; the others still need the answer.
	said, err, _ := t.limiter.tokenChecks.Do(token, func() (any, error) { return t.checkToken(context.WithoutCancel(ctx), proof, token) })
	if err != nil {
		return false, err
	}
	return said.(bool), nil
}

func (t *transport) checkToken(ctx context.Context, proof, token string) (good bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.host.api.JoinPath(proof).String(), nil)
	if err != nil {
		return false, err
	}
	req.Header.Set("Accept", "application/vnd.github+json")
	said, err := t.send(req, token)
	switch {
	case err != nil:
		return false, err
	case said.limit != nil:
		return false, t.limiter.block(ctx, *said.limit, permit{resource: coreResource})
	case said.refusesToken():
		t.limiter.noteRejected(token)
		return false, nil
	case said.refusal != nil && said.refusal.Temporary():
		return false, said.refusal
	}
	said.resp.Body.Close()
	return true, nil // also when it is refused for another reason: then GitHub knows the token
}

// proof is what answers every good token of this kind; empty where there is no such thing.
func (t *transport) checkPath() string {
	_, isApp := t.token.(*appKey)
	switch {
	case t.clientID != "":
		return "" // of an OAuth app's secret
	case isApp:
		return "app"
	}
	return "user"
}

func (g *limiter) isRejected(token string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.rejected == token
}

func (g *limiter) noteRejected(token string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.rejected = token
}
