package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tributary/plain"
)

// defaultMaxWait is how long a limit may keep a worker waiting. Longer waits belong to a durable timer.
const defaultMaxWait = 10 * time.Second

// userAgent is part of every request: GitHub refuses those without one.
const userAgent = "tributary"

// Config says which GitHub to talk to and how. Only APIURL is required.
type Config struct {
	APIURL    string // "https://api.github.com/", on an Enterprise Server "https://HOST/api/v3/"
	WebURL    string // where people log in and codes are exchanged; derived from APIURL, "https://github.com/"
	Transport http.RoundTripper
	Now       func() time.Time
	Sleep     func(context.Context, time.Duration) error // in step with Now; returns early when ctx ends
	MaxWait   time.Duration                              // limits that end within it are waited out here; default 10 s
	// RequestsPerMinute is how many REST requests a rate owner may send through this process. The default is 900,
	// GitHub's limit. An Enterprise Server or a simulator may permit more.
	RequestsPerMinute int
	// Spent is told at once of all that is spent, by rate owner, which is empty while unknown. It may be nil, and is
	// called concurrently.
	Spent func(owner string, priority Priority, spent Usage)
}

// Host is one GitHub: github.com, an Enterprise Server or a simulator. It holds what all credentials share in this
// process: the connections, and one limiter for each rate owner.
type Host struct {
	api       *url.URL // ends in a slash
	graphQL   *url.URL
	web       *url.URL // ends in a slash
	base      http.RoundTripper
	now       func() time.Time
	sleep     func(context.Context, time.Duration) error
	maxWait   time.Duration
	perMinute int
	spent     func(string, Priority, Usage)
	skew      atomic.Int64  // nanoseconds by which GitHub's clock is ahead of ours
	large     chan struct{} // has an element for each large response that is being read or used

	mu       sync.Mutex
	limiters map[string]*limiter // by rate owner
	refused  map[refusedQuery]refusal
	heads    map[int64]head // by repository
}

// NewHost checks the addresses and fills in defaults.
func NewHost(c Config) (*Host, error) {
	api, err := parseBase(c.APIURL)
	if err != nil {
		return nil, fmt.Errorf("GitHub API URL: %w", err)
	}
	web := webOf(api)
	if c.WebURL != "" {
		if web, err = parseBase(c.WebURL); err != nil {
			return nil, fmt.Errorf("GitHub web URL: %w", err)
		}
	}

	h := &Host{
		api:       api,
		graphQL:   graphQLOf(api),
		web:       web,
		base:      c.Transport,
		now:       c.Now,
		sleep:     c.Sleep,
		maxWait:   cmp.Or(c.MaxWait, defaultMaxWait),
		perMinute: cmp.Or(c.RequestsPerMinute, requestsPerMinute),
		spent:     c.Spent,
		large:     make(chan struct{}, largeBodies),
		limiters:  map[string]*limiter{},
		refused:   map[refusedQuery]refusal{},
		heads:     map[int64]head{},
	}
	if h.base == nil {
		h.base = newTransport()
	}
	if h.now == nil {
		h.now = time.Now
	}
	if h.sleep == nil {
		h.sleep = sleep
	}
	if h.spent == nil {
		h.spent = func(string, Priority, Usage) {}
	}
	return h, nil
}

// Name is the host, with its port unless that is the default. Databases are pinned to it.
func (h *Host) Name() string {
	usual := map[string]string{"https": ":443", "http": ":80"}[h.api.Scheme]
	return strings.TrimSuffix(strings.ToLower(h.api.Host), usual)
}

// WebURL is the address of a page for people.
func (h *Host) WebURL(path ...string) string { return h.web.JoinPath(path...).String() }

// Client returns a client that acts with one credential.
func (h *Host) Client(c Credential) *Client {
	return newClient(h, c, h.limiter(c))
}

// limiter returns the one that all credentials of a rate owner share, with the budget of the first. A credential
// without a known owner gets its own.
func (h *Host) limiter(c Credential) *limiter {
	if c.RateOwner == "" {
		return h.newLimiter("", nil)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.limiters[c.RateOwner]
	if l == nil {
		l = h.newLimiter(c.RateOwner, c.Budget)
		h.limiters[c.RateOwner] = l
	}
	return l
}

// ReturnLeases gives back to the budgets what this process leased and did not spend. A process that restarts often
// would otherwise use up an hour's allowance with few requests.
func (h *Host) ReturnLeases(ctx context.Context) error {
	h.mu.Lock()
	limiters := slices.Collect(maps.Values(h.limiters))
	h.mu.Unlock()
	var errs []error
	for _, l := range limiters {
		for resource, a := range l.allowances {
			if units := a.takeRemaining(); units > 0 && l.budget != nil {
				errs = append(errs, l.budget.Return(ctx, l.owner, resource, units))
			}
		}
	}
	return errors.Join(errs...)
}

// parseBase accepts an address that paths can be appended to. Its errors leave out the address, which may hold a
// password.
func parseBase(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "":
		return nil, errors.New("must be http or https with a host, for example https://api.github.com/")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("must not contain a user, a query or a fragment")
	}
	if !strings.HasSuffix(u.Path, "/") {
		u.Path += "/"
	}
	return u, nil
}

// graphQLOf derives the endpoint: /graphql beside the REST API, and /api/graphql beside /api/v3/ on an Enterprise
// Server. https://docs.github.com/enterprise-server/graphql/guides/forming-calls-with-graphql
func graphQLOf(api *url.URL) *url.URL {
	return api.ResolveReference(&url.URL{Path: strings.TrimSuffix(api.Path, "v3/") + "graphql"})
}

// webOf derives the web host: github.com from api.github.com, HOST from HOST/api/v3/.
func webOf(api *url.URL) *url.URL {
	return &url.URL{Scheme: api.Scheme, Host: strings.TrimPrefix(api.Host, "api."), Path: "/"}
}

// onThisHost is an address of GitHub's, moved to the host that we talk to. An Enterprise Server behind a proxy does
// not know by which name, scheme and path it is reached, and its URLs may name a host that does not exist here.
func (h *Host) onThisHost(from *url.URL, address string) (*url.URL, error) {
	target, err := from.Parse(address)
	if err != nil {
		return nil, err
	}
	path := target.EscapedPath()
	if _, below, found := strings.Cut(path, "/api/v3/"); found {
		path = below
	} else {
		path = strings.TrimPrefix(path, h.api.EscapedPath())
	}
	moved := h.api.JoinPath(path)
	moved.RawQuery, moved.Fragment = target.RawQuery, target.Fragment
	return moved, nil
}

// maxURLLength is more than any URL of GitHub's for people has.
const maxURLLength = 1000

// safeURL returns a URL of GitHub's that people may click, or nothing. It must be on this web host, with its scheme.
func (h *Host) safeURL(address string) string {
	u, err := url.Parse(address)
	if err != nil || len(address) > maxURLLength || u.User != nil || !sameHost(u, h.web) || plain.Line(address) != address {
		return ""
	}
	return address
}

func sameHost(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host)
}
