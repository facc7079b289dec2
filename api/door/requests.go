package door

import (
	"context"
	"net/netip"
	"net/url"
	"regexp"

	"tributary/models"
)

// aRequestID matches the request ids of proxies that are kept.
var aRequestID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// request is what is known of a request beside its context.
type request struct {
	id      string
	pattern string // of the route: the path itself can hold anything
	url     *url.URL
	address netip.Addr // of the caller, behind the proxies that are known
	https   bool       // the browser seems to speak TLS
	// onlyHTTPS is set where it certainly does: see knowsHTTPS.
	onlyHTTPS bool
	actor     *actor            // nil for nobody
	event     models.AuditEvent // of its operation
}

type requestKey struct{}

// requestOf returns what observe knows of the request whose context it is.
func requestOf(ctx context.Context) *request { return ctx.Value(requestKey{}).(*request) }

func withRequest(ctx context.Context, known *request) context.Context {
	return context.WithValue(ctx, requestKey{}, known)
}

// Query is the query of the request whose context it is.
func Query(ctx context.Context) url.Values { return requestOf(ctx).url.Query() }

// IsHTTPS reports whether the browser that sent a request seems to speak TLS.
func IsHTTPS(ctx context.Context) bool { return requestOf(ctx).https }

// Actor is who sends the request whose context it is, as the audit log has it: the id of
// a token and its name.
func Actor(ctx context.Context) (id, name string) {
	if known, ok := ctx.Value(requestKey{}).(*request); ok && known.actor != nil {
		return known.actor.id, known.actor.name
	}
	return "", ""
}

// RequestID is the id of the request whose context it is, empty outside of one.
func RequestID(ctx context.Context) string {
	if known, ok := ctx.Value(requestKey{}).(*request); ok {
		return known.id
	}
	return ""
}

// anyone stands for no role at all.
const anyone models.Role = ""

// actor is who sends a request.
type actor struct {
	id, name   string
	role       models.Role
	via        string // what admitted it: token, session or dev
	credential credential
	token      *models.APIToken // nil when the database does not know it
	session    *models.Session  // nil for a bearer token
}

func (a *actor) may(needed models.Role) bool {
	switch {
	case needed == anyone:
		return true
	case a == nil:
		return false
	}
	return a.role == models.RoleAdmin || a.role == needed
}

// credential is what a request shows, as the hashes that it is looked up by. At
// most one is set.
type credential struct{ token, session string }
