package door

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
)

// exceptions are the operations whose method does not say who may use them.
var exceptions = map[string]models.Role{
	"create-session":         anyone, // it takes a token
	"return-from-github":     anyone, // it takes a state and the cookie that belongs to it
	"return-from-github-app": anyone, // the same
	"delete-session":         models.RoleViewer,
	"list-audit-events":      models.RoleAdmin,
	"list-tokens":            models.RoleAdmin,
}

// roleFor is the one place that decides what a role may do: viewers look, admins
// change. The OpenAPI document says the same of each operation.
func roleFor(op *huma.Operation) models.Role {
	if role, ok := exceptions[op.OperationID]; ok {
		return role
	}
	if op.Method == http.MethodGet {
		return models.RoleViewer
	}
	return models.RoleAdmin
}

// securityFor documents an operation's role. OpenAPI 3.1 lists roles where
// OAuth would list scopes; https://github.com/stoplightio/spectral/issues/2643 is why
// Spectral warns of it.
func securityFor(role models.Role) []map[string][]string {
	if role == anyone {
		return []map[string][]string{{}}
	}
	return []map[string][]string{{"token": {string(role)}}, {"session": {string(role)}}}
}

func credentialOf(r *http.Request) credential {
	if authorization := r.Header.Get("Authorization"); authorization != "" {
		scheme, token, _ := strings.Cut(authorization, " ")
		if token = strings.TrimSpace(token); token == "" || !strings.EqualFold(scheme, "Bearer") {
			return credential{}
		}
		return credential{token: store.HashToken(store.Secret(token))}
	}
	if value := Cookie(r, secureCookie, plainCookie); value != "" {
		return credential{session: store.HashToken(store.Secret(value))}
	}
	return credential{}
}

// Cookie is the value of a cookie that has one name over TLS and another without;
// empty if there is none. Where TLS is certain only the first name counts: another
// host of the domain, or a machine on the way, can have set the other.
func Cookie(r *http.Request, secure, plain string) string {
	names := []string{secure, plain}
	if requestOf(r.Context()).onlyHTTPS {
		names = names[:1]
	}
	for _, name := range names {
		if cookie, err := r.Cookie(name); err == nil && cookie.Value != "" {
			return cookie.Value
		}
	}
	return ""
}

// admit returns whom a credential belongs to, nil if it is not valid or not valid
// any more. A session is valid as long as its token is.
func (d *Door) admit(ctx context.Context, shown credential) (*actor, error) {
	hash, via := shown.token, "token"
	var session *models.Session
	if shown.session != "" {
		found, err := d.Store.Session(ctx, shown.session)
		if err != nil {
			return nil, unlessNotFound(err)
		}
		hash, via, session = found.TokenHash, "session", &found
	}
	if hash == "" {
		return nil, nil
	}
	if d.isEnvironmentToken(hash) {
		return &actor{id: models.ActorEnvironment, name: models.ActorEnvironment, role: models.RoleAdmin, via: via, credential: shown, session: session}, nil
	}
	token, err := d.Store.UsableToken(ctx, hash)
	if err != nil {
		return nil, unlessNotFound(err)
	}
	return &actor{id: token.ID, name: token.Name, role: token.Role, via: via, credential: shown, token: &token, session: session}, nil
}

func unlessNotFound(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// isEnvironmentToken compares all of them, so that the time it takes says
// nothing about any.
func (d *Door) isEnvironmentToken(hash string) bool {
	found := 0
	for _, known := range d.environment {
		found |= subtle.ConstantTimeCompare([]byte(hash), []byte(known))
	}
	return found == 1
}

// StillAdmitted reports whether the caller of an answer that lasts would be
// admitted now.
func (d *Door) StillAdmitted(ctx context.Context) bool {
	who := requestOf(ctx).actor
	if who == nil || who.credential == (credential{}) {
		return d.Dev
	}
	again, err := d.admit(ctx, who.credential)
	return again != nil || err != nil // while the database is away everybody keeps their access
}

// authenticate finds out who sends a request, counts it, and refuses unknown
// callers. Three need not be known: probes of the process, a browser that signs
// in, and one that comes back from GitHub, which does not send its session's
// cookie then.
func (d *Door) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == HealthPath || r.URL.Path == ReadyPath {
			next.ServeHTTP(w, r)
			return
		}
		known := requestOf(r.Context())
		who, err := d.admit(r.Context(), credentialOf(r))
		if err != nil {
			WriteProblem(w, r, d.Problem(r.Context(), err))
			return
		}
		if who == nil && d.Dev {
			who = &actor{id: models.ActorDev, name: models.ActorDev, role: models.RoleAdmin, via: "dev"}
		}
		known.actor = who
		signingIn := r.Method == http.MethodPost && r.URL.Path == sessionPath
		if wait := d.count(known, signingIn); wait > 0 {
			WriteProblem(w, r, problem.TooMany("Too many requests came from here; the next is accepted", wait))
			return
		}
		returning := r.Method == http.MethodGet && (r.URL.Path == CallbackPath || r.URL.Path == AppCallbackPath)
		if who == nil && !signingIn && !returning {
			w.Header().Set("WWW-Authenticate", "Bearer")
			WriteProblem(w, r, problem.New(problem.Unauthorized, ""))
			return
		}
		d.touch(r.Context(), who)
		next.ServeHTTP(w, r)
	})
}

// touch notes that a token or a session is in use. A request does not fail
// because that cannot be noted.
func (d *Door) touch(ctx context.Context, who *actor) {
	var err error
	if who != nil && who.token != nil {
		err = d.Store.TouchToken(ctx, *who.token)
	}
	if who != nil && who.session != nil {
		err = errors.Join(err, d.Store.TouchSession(ctx, *who.session))
	}
	if err != nil && ctx.Err() == nil {
		d.Logger.WarnContext(ctx, "last use not noted", "error", err, "request_id", RequestID(ctx))
	}
}

// authorize lets an operation begin only for the role that it needs.
func (d *Door) authorize(ctx huma.Context, next func(huma.Context)) {
	known := requestOf(ctx.Context())
	known.event = newEvent(known, ctx)
	if known.actor.may(roleFor(ctx.Operation())) {
		next(ctx)
		return
	}
	g := humagin.Unwrap(ctx)
	if err := d.recordRefusal(ctx.Context(), known.event); err != nil {
		WriteProblem(g.Writer, g.Request, d.Problem(ctx.Context(), err))
		return
	}
	WriteProblem(g.Writer, g.Request, problem.New(problem.RoleMissing, ""))
}

// The paths that are open to those who show no token.
const (
	HealthPath      = "/healthz"
	ReadyPath       = "/readyz"
	CallbackPath    = "/api/v1/connections/github/oauth/callback" // to which GitHub sends people back
	AppCallbackPath = "/api/v1/github-app/callback"               // the same, with a new GitHub App
	sessionPath     = "/api/v1/session"                           // to sign in
)

// A browser accepts a cookie of the first name only over TLS and from this very
// host, so that no other host of the domain can set it. Without TLS it accepts no
// such cookie.
const (
	secureCookie = "__Host-tributary_session"
	plainCookie  = "tributary_session"
)

// count is how long the sender of a request has to wait.
func (d *Door) count(known *request, signingIn bool) time.Duration {
	switch {
	case signingIn:
		return d.signIns.Take(neighbourhood(known.address), d.Now())
	case known.actor != nil:
		return d.requests.Take("token "+known.actor.id, d.Now())
	}
	return d.requests.Take("address "+neighbourhood(known.address), d.Now())
}

// neighbourhood is all addresses of one sender: in IPv6 a network of /64.
func neighbourhood(address netip.Addr) string {
	if address.Is6() {
		network, _ := address.WithZone("").Prefix(64) // fails only for other kinds of addresses
		return network.String()
	}
	return address.String()
}
