package githubsim

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// limiter keeps GitHub's budgets. A budget belongs to a user or an installation (or to an address, for anonymous
// callers), not to a token: two tokens of one user share it.
type limiter struct {
	mu        sync.Mutex
	limits    map[string]int // by resource
	window    time.Duration
	perMinute map[string]int // by resource; 0: no limit
	logins    int            // bad ones a minute from one address; 0: no limit
	owners    map[string]*rateOwner
	doors     map[string]*door // by address
}

type rateOwner struct {
	anonymous bool
	extra     int // beyond the usual limit: a large installation's
	inFlight  int
	buckets   map[string]*bucket
	recent    map[string]*lastMinute // by resource
	secondary secondaryLimit
}

// door is where an address knocks with its tokens.
type door struct {
	failed      lastMinute
	lockedUntil time.Time
	announced   bool
}

// lastMinute counts what happened within the minute before an instant.
type lastMinute []time.Time

func (m *lastMinute) add(now time.Time) (n int) {
	for len(*m) > 0 && now.Sub((*m)[0]) >= time.Minute {
		*m = (*m)[1:]
	}
	*m = append(*m, now)
	return len(*m)
}

// bucket is what one owner has spent of one resource. It is announced once a response has told the client
// that nothing remains; only then is another request the client's fault.
type bucket struct {
	used      int
	reset     time.Time
	announced bool
}

type secondaryLimit struct {
	until     time.Time
	answer    Fault // how refusals look while it lasts
	announced bool
}

// rate is a bucket as the headers show it.
type rate struct {
	resource               string
	limit, used, remaining int
	reset                  time.Time
}

const (
	coreResource    = "core"
	graphQLResource = "graphql"
	anonymousLimit  = 60
	// maxInFlight is the documented ceiling on concurrent requests, REST and GraphQL together.
	maxInFlight = 100
	lockout     = 5 * time.Minute
	usualLimit  = 5000
	// installationCap is where the limit of a growing installation ends.
	installationCap = 12_500
)

// tooMuch refuses what is above the limits that no count announces.
var tooMuch = Fault{Kind: SecondaryLimit, RetryAfter: true, For: time.Minute}

func newLimiter(config Config) *limiter {
	return &limiter{
		limits:    map[string]int{coreResource: config.RateLimit, graphQLResource: config.GraphQLLimit},
		window:    config.RateWindow,
		perMinute: map[string]int{coreResource: config.RESTPerMinute, graphQLResource: config.GraphQLPerMinute},
		logins:    config.LoginAttempts,
		owners:    map[string]*rateOwner{},
		doors:     map[string]*door{},
	}
}

// SetLimits changes the budgets and the window of all users from now on; current windows begin anew.
func (s *Sim) SetLimits(rest, graphQL int, window time.Duration) {
	l := s.limits
	l.mu.Lock()
	defer l.mu.Unlock()
	l.limits[coreResource], l.limits[graphQLResource], l.window = rest, graphQL, window
	clear(l.owners)
}

func (l *limiter) owner(name string) *rateOwner {
	o := l.owners[name]
	if o == nil {
		o = &rateOwner{buckets: map[string]*bucket{}, recent: map[string]*lastMinute{coreResource: {}, graphQLResource: {}}}
		l.owners[name] = o
	}
	return o
}

func (l *limiter) bucket(o *rateOwner, resource string, now time.Time) *bucket {
	b := o.buckets[resource]
	if b == nil || !now.Before(b.reset) {
		b = &bucket{reset: wholeSecond(now.Add(l.window))}
		o.buckets[resource] = b
	}
	return b
}

// wholeSecond rounds up: the header has whole seconds, and a client that waits until then must be let in.
func wholeSecond(t time.Time) time.Time {
	return t.Add(time.Second - 1).Truncate(time.Second)
}

func (l *limiter) limit(o *rateOwner, resource string) int {
	if o.anonymous {
		return min(anonymousLimit, l.limits[resource])
	}
	most := l.limits[resource]
	if most < usualLimit {
		return most // a limit to run into is the same for all
	}
	return min(most+o.extra, max(most, installationCap))
}

// grow sets what an owner may spend beyond the usual.
func (l *limiter) grow(name string, extra int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.owner(name).extra = extra
}

// knock makes an owner one without a token.
func (l *limiter) knock(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.owner(name).anonymous = true
}

// arrive counts a request in. It says whether the client had been told to stay away, and what refuses the
// request, if anything does.
func (l *limiter) arrive(name, resource string, anonymous bool, now time.Time) (told bool, refusal *Fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o := l.owner(name)
	o.anonymous = anonymous
	o.inFlight++
	b := l.bucket(o, resource, now)
	switch {
	case now.Before(o.secondary.until):
		answer := o.secondary.answer
		told, refusal = o.secondary.announced, &answer
	case b.used >= l.limit(o, resource):
		told, refusal = b.announced, &Fault{Kind: PrimaryLimit}
	case o.inFlight > maxInFlight:
		refusal = &tooMuch
	case l.tooFast(o, resource, now):
		o.secondary = secondaryLimit{until: now.Add(tooMuch.For), answer: tooMuch}
		refusal = &tooMuch
	}
	return told, refusal
}

func (l *limiter) tooFast(o *rateOwner, resource string, now time.Time) bool {
	most := l.perMinute[resource]
	return most > 0 && o.recent[resource].add(now) > most
}

func (l *limiter) door(address string) *door {
	d := l.doors[address]
	if d == nil {
		d = &door{}
		l.doors[address] = d
	}
	return d
}

// failLogin counts a bad token.
func (l *limiter) failLogin(address string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.door(address)
	if l.logins > 0 && d.failed.add(now) > l.logins {
		*d = door{lockedUntil: now.Add(lockout)}
	}
}

// lockedOut says whether all tokens from an address are refused, and whether the client had been told.
func (l *limiter) lockedOut(address string, now time.Time) (locked, told bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.door(address)
	return now.Before(d.lockedUntil), d.announced
}

// announceLockout notes that the client has read that it is locked out.
func (l *limiter) announceLockout(address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.door(address).announced = true
}

func (l *limiter) leave(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.owner(name).inFlight--
}

// spend takes points; a negative number gives them back.
func (l *limiter) spend(name, resource string, points int, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o := l.owner(name)
	b := l.bucket(o, resource, now)
	b.used = min(max(b.used+points, 0), l.limit(o, resource))
}

// exhaust empties a bucket until an instant.
func (l *limiter) exhaust(name, resource string, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o := l.owner(name)
	o.buckets[resource] = &bucket{used: l.limit(o, resource), reset: wholeSecond(until)}
}

// punish starts a secondary limit.
func (l *limiter) punish(name string, until time.Time, answer Fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.owner(name).secondary = secondaryLimit{until: until, answer: answer}
}

// announce notes that the client has read its state from a response.
func (l *limiter) announce(name, resource string, secondary bool, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o := l.owner(name)
	if b := l.bucket(o, resource, now); b.used >= l.limit(o, resource) {
		b.announced = true
	}
	if secondary {
		o.secondary.announced = true
	}
}

func (l *limiter) rate(name, resource string, now time.Time) rate {
	l.mu.Lock()
	defer l.mu.Unlock()
	o := l.owner(name)
	b := l.bucket(o, resource, now)
	limit := l.limit(o, resource)
	return rate{resource: resource, limit: limit, used: b.used, remaining: max(limit-b.used, 0), reset: b.reset}
}

// retryAfter is how long the owner's secondary limit still lasts.
func (l *limiter) retryAfter(name string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.owner(name).secondary.until.Sub(now)
}

func (r rate) setHeaders(h http.Header) {
	h["X-Ratelimit-Limit"] = []string{strconv.Itoa(r.limit)}
	h["X-Ratelimit-Remaining"] = []string{strconv.Itoa(r.remaining)}
	h["X-Ratelimit-Used"] = []string{strconv.Itoa(r.used)}
	h["X-Ratelimit-Reset"] = []string{strconv.FormatInt(r.reset.Unix(), 10)}
	h["X-Ratelimit-Resource"] = []string{r.resource}
}
