package githubsim

import (
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// Config sets what a Sim does to every request. The zero value is GitHub for one user: 5,000 requests and
// 5,000 GraphQL points per hour, no latency.
type Config struct {
	Now          func() time.Time // the world's clock; default time.Now
	Skew         time.Duration    // by which the world's clock is ahead of Now
	Latency      time.Duration    // added to every request, outside all locks
	RateLimit    int              // REST requests per window and user; default 5,000
	GraphQLLimit int              // GraphQL points per window and user; default 5,000
	RateWindow   time.Duration    // default one hour
	Seed         int64            // decides ids, SHAs and tokens

	// UnknownFields are those that an older Enterprise Server's schema lacks, such as "PullRequest.fullDatabaseId".
	UnknownFields []string

	// NamesWebFlow lets GraphQL name an account for what GitHub commits itself, as REST does. Neither is documented.
	NamesWebFlow bool

	// What a user may do within any minute. GitHub permits 900 points of REST and 2,000 of GraphQL; reading
	// costs one. Above, a secondary limit lasts a minute. Default: no limit.
	RESTPerMinute    int
	GraphQLPerMinute int
	// LoginAttempts is how many bad tokens a minute an address may try. Above, GitHub refuses good ones from
	// there too, for five minutes here; neither number is documented. Default: no limit.
	LoginAttempts int
	// AnonymousRefusals shows on refused tokens what GitHub counts of callers without one: 60 requests an hour, of
	// which each refusal is one.
	AnonymousRefusals bool

	// AllowLocalHooks accepts hooks that deliver to this machine, which GitHub refuses: nobody on the Internet could
	// answer there.
	AllowLocalHooks bool
	Hooks           HookRules
}

// Sim is one simulated GitHub. It is an http.Handler; all methods are safe while it serves.
type Sim struct {
	config Config

	// mu guards the world. Requests hold it for reading while they render, changes hold it for writing;
	// nobody sleeps or writes to the network while holding it.
	mu            sync.RWMutex
	ids           map[string]int64
	accounts      map[int64]*User
	logins        map[string]*User // by lower-case login
	emails        map[string]*User
	organizations map[string]*Organization // by lower-case login
	repositories  map[int64]*Repository
	paths         map[string]*Repository // by lower-case owner/name, current names only
	moved         map[string]int64       // by lower-case owner/name, names of the past
	nodes         map[string]any         // by node id; commits are found by decoding theirs
	tokens        map[string]*Token
	secrets       []string // everything secret that was ever issued
	apps          appRegistry

	countsHiddenDrafts bool // see CountHiddenDrafts
	hooks              hookRegistry
	courier            *courier

	latency atomic.Int64 // nanoseconds
	limits  *limiter
	faults  faultDeck
	journal journal
	schema  func() (*ast.Schema, error)
	queries queryCache
}

// New makes an empty GitHub.
func New(config Config) *Sim {
	if config.Now == nil {
		config.Now = time.Now
	}
	if now := config.Now; config.Skew != 0 {
		config.Now = func() time.Time { return now().Add(config.Skew) }
	}
	if config.RateLimit == 0 {
		config.RateLimit = usualLimit
	}
	if config.GraphQLLimit == 0 {
		config.GraphQLLimit = usualLimit
	}
	if config.RateWindow == 0 {
		config.RateWindow = time.Hour
	}
	s := &Sim{
		config:        config,
		ids:           map[string]int64{},
		accounts:      map[int64]*User{},
		logins:        map[string]*User{},
		emails:        map[string]*User{},
		organizations: map[string]*Organization{},
		repositories:  map[int64]*Repository{},
		paths:         map[string]*Repository{},
		moved:         map[string]int64{},
		nodes:         map[string]any{},
		tokens:        map[string]*Token{},
		apps:          newAppRegistry(),
	}
	s.schema = officialSchema
	if len(config.UnknownFields) > 0 {
		s.schema = sync.OnceValues(func() (*ast.Schema, error) { return schemaWithout(config.UnknownFields) })
	}
	s.limits = newLimiter(config)
	s.courier = newCourier(s, config.Hooks)
	s.hooks.base = publicAPI
	s.SetLatency(config.Latency)
	return s
}

// SetLatency changes what is added to every request from now on.
func (s *Sim) SetLatency(d time.Duration) { s.latency.Store(int64(d)) }

// Secrets are all tokens, refresh tokens, OAuth codes and client secrets that were ever issued, dead ones
// included, and one line of each App's private key: what an app that keeps secrets never shows anywhere.
func (s *Sim) Secrets() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.secrets)
}

// issued notes a secret. Callers hold mu.
func (s *Sim) issued(secret string) string {
	s.secrets = append(s.secrets, secret)
	return secret
}

// now is the world's time as GitHub shows it: UTC, whole seconds.
func (s *Sim) now() time.Time {
	return s.config.Now().UTC().Truncate(time.Second)
}

// orNow fills in a time that a spec left out.
func (s *Sim) orNow(t time.Time) time.Time {
	if t.IsZero() {
		return s.now()
	}
	return t.UTC().Truncate(time.Second)
}

// firstID is where each kind of id begins. Pull requests, reviews, comments and issues begin above 2^31
// because GitHub's have passed it: a client that reads databaseId as a 32-bit integer must fail here too.
var firstID = map[string]int64{
	"account":        1000,
	"repository":     700_000_000,
	"issue":          3_100_000_000,
	"pull request":   2_200_000_000,
	"review":         2_600_000_000,
	"review comment": 2_400_000_000,
	"thread":         60_000_000,
	"comment":        3_300_000_000,
	"commit comment": 140_000_000,
	"event":          16_000_000_000,
	"activity":       19_000_000_000,
	"label":          5_000_000_000,
	"team":           9_000_000,
	"app":            1_200_000,
	"installation":   61_000_000,
	"hook":           450_000_000,
}

// nextID hands out the ids of one kind in order. Callers hold mu.
func (s *Sim) nextID(kind string) int64 {
	s.ids[kind]++
	return firstID[kind] + s.config.Seed%1000*10_000 + s.ids[kind]
}

var _ http.Handler = (*Sim)(nil)
