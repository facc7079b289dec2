package githubsim

import (
	"cmp"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// call is one request on its way to an answer.
type call struct {
	sim   *Sim
	r     *http.Request
	now   time.Time
	base  string // scheme, host and, when the client used it, /api/v3: what every URL in an answer begins with
	path  string // without /api/v3 and without escapes
	query url.Values

	token    *Token       // nil: no token, or one of the next two
	user     *User        // whose token it is
	app      *App         // whose JSON web token it is
	client   *oauthClient // whose id and secret they are
	owner    string       // whose budget is spent
	resource string
	repo     *Repository
	params   []string // what the route's {placeholders} matched
	mostRows int      // on a page, when a fault says so
	place    int      // in an endless list

	status int
	header http.Header
	w      writer
	points int

	arrived   bool // counted among the owner's requests in flight
	silent    bool // no rate limit headers
	secondary bool // refused by a secondary limit
	locked    bool // refused because of bad tokens before
	entry     Request
}

// buffers are reused: an answer is up to two megabytes and a fresh one for each would keep the collector busy.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

func (s *Sim) newCall(r *http.Request) *call {
	c := &call{
		sim: s, r: r, now: s.config.Now(), path: r.URL.Path, query: r.URL.Query(),
		header: make(http.Header, 20), status: http.StatusOK, resource: coreResource, points: 1,
	}
	c.base = "http://" + r.Host
	if r.TLS != nil {
		c.base = "https://" + r.Host
	}
	if rest, found := strings.CutPrefix(c.path, "/api/v3/"); found {
		c.path, c.base = "/"+rest, c.base+"/api/v3"
	}
	if c.path == "/graphql" || c.path == "/api/graphql" {
		c.path, c.resource, c.points = "/graphql", graphQLResource, 0
	}
	c.w.b = (*buffers.Get().(*[]byte))[:0]
	c.entry = Request{Time: c.now, Method: r.Method, URL: c.path, Resource: c.resource}
	if r.URL.RawQuery != "" {
		c.entry.URL += "?" + r.URL.RawQuery
	}
	return c
}

// leave ends the call: the client has read what remains, and the buffer serves the next one.
func (c *call) leave() {
	if c.arrived {
		c.sim.limits.announce(c.owner, c.resource, c.secondary, c.now)
		c.sim.limits.leave(c.owner)
	}
	if c.locked {
		c.sim.limits.announceLockout(c.address())
	}
	b := c.w.b[:0]
	buffers.Put(&b)
}

// ServeHTTP answers REST under / and /api/v3/, GraphQL under /graphql and /api/graphql, the pages of OAuth
// under /login/oauth/, the control API under /_sim/, and browsers with pages where the world has addresses for people.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/_sim/") {
		s.serveControl(w, r)
		return
	}
	if s.servePage(w, r) {
		return
	}
	if latency := time.Duration(s.latency.Load()); latency > 0 {
		select {
		case <-time.After(latency):
		case <-r.Context().Done():
			return
		}
	}
	began := time.Now()
	c := s.newCall(r)
	defer c.leave()
	fault := c.answer()
	c.spoil(fault)
	c.entry.Fault = fault.name()
	c.finish(time.Since(began))
	c.deliver(w, fault)
}

// answer fills in status, header and body, and returns the fault that struck, if any, because some faults
// lie in the delivery.
func (c *call) answer() *Fault {
	if isWeb(c.path) {
		return c.answerWeb()
	}
	if !c.identify() {
		return nil
	}
	c.entry.Owner = c.owner // faults ask for it
	told, refusal := c.sim.limits.arrive(c.owner, c.resource, c.anonymous(), c.now)
	c.arrived = true
	c.entry.WhileLimited = told && c.path != "/rate_limit"
	if refusal != nil && c.path != "/rate_limit" {
		c.refuse(*refusal)
		return nil
	}
	if c.resource == graphQLResource {
		return c.answerGraphQL()
	}
	fault := c.sim.faults.draw(c.entry)
	if c.strike(fault) {
		return fault
	}
	c.serveREST()
	c.spoilList(fault)
	return fault
}

// strike lets a fault take the place of the answer; the kinds that spoil an answer on its way leave it alone.
func (c *call) strike(fault *Fault) (struck bool) {
	if fault == nil {
		return false
	}
	if fault.Do != nil {
		fault.Do()
	}
	if way := fault.variant(); way.instead != nil {
		way.instead(c, fault)
		return true
	}
	c.prepareFor(fault)
	switch fault.Kind {
	case HTTPStatus:
		c.errorPage(fault.Status, fault.Body)
	case PrimaryLimit:
		until := c.now.Add(fault.For)
		if fault.For == 0 {
			until = c.sim.limits.rate(c.owner, c.resource, c.now).reset
		}
		c.sim.limits.exhaust(c.owner, c.resource, until)
		c.refuse(*fault)
	case SecondaryLimit:
		c.sim.limits.punish(c.owner, c.now.Add(fault.For), *fault)
		c.refuse(*fault)
	case SmallPages:
		c.mostRows = fault.MaxNodes
		return false
	case DiffTooLong:
		c.errorPage(http.StatusInternalServerError, diffTooLong)
	case PastReset:
		r := c.sim.limits.rate(c.owner, c.resource, c.now)
		r.used, r.remaining, r.reset = r.limit, 0, c.now.Add(-cmp.Or(fault.For, 10*time.Minute))
		r.setHeaders(c.header)
		c.refuse(Fault{Kind: PrimaryLimit, Status: fault.Status})
	case GraphQLError:
		c.graphQLRefusal(fault.ErrorType, fault.Error)
	case GraphQLTimeout:
		c.graphQLTimeout()
	case GraphQLRefused:
		c.fail(cmp.Or(fault.Status, http.StatusForbidden), "GraphQL is not available here.", "graphql")
	case ResourceLimits:
		c.graphQLRefusal("RESOURCE_LIMITS_EXCEEDED", "Resource limits for this query exceeded.")
	default:
		return false
	}
	return true
}

// diffTooLong is what GitHub says of a comparison that it does not compute.
const diffTooLong = `{"message":"Server Error: Sorry, this diff is taking too long to generate.","errors":[{"resource":"Comparison","field":"diff","code":"not_available"}]}`

// finish adds the headers that every answer has and writes the journal.
func (c *call) finish(took time.Duration) {
	h := c.header
	if c.points != 0 && c.owner != "" {
		c.sim.limits.spend(c.owner, c.resource, c.points, c.now)
	}
	if c.owner != "" && !c.silent && h["X-Ratelimit-Limit"] == nil {
		c.sim.limits.rate(c.owner, c.resource, c.now).setHeaders(h)
	}
	h["X-Github-Request-Id"] = []string{"51M0:" + strconv.FormatInt(c.now.UnixNano(), 16)}
	h["X-Github-Media-Type"] = []string{"github.v3; format=json"}
	h["X-Content-Type-Options"] = []string{"nosniff"}
	if h["Date"] == nil {
		h["Date"] = []string{c.now.UTC().Format(http.TimeFormat)}
	}
	if h["Content-Type"] == nil {
		h["Content-Type"] = []string{"application/json; charset=utf-8"}
	}
	c.describeToken()
	c.entry.Status, c.entry.Bytes, c.entry.Points, c.entry.Owner, c.entry.Duration = c.status, len(c.w.b), c.points, c.owner, took
	c.sim.journal.add(c.entry)
}

// conditional gives the answer an ETag and turns it into a free 304 when the client has it. The tag depends
// on Accept and Authorization as GitHub's does: a new token makes every cached tag useless.
func (c *call) conditional() {
	if c.status != http.StatusOK {
		return
	}
	etag := c.header.Get("Etag")
	if etag == "" {
		etag = c.etag()
		c.header["Etag"] = []string{etag}
	}
	c.header["Cache-Control"] = []string{"private, max-age=60, s-maxage=60"}
	c.header["Vary"] = []string{"Accept, Authorization, Cookie, X-GitHub-OTP,Accept-Encoding, Accept, X-Requested-With"}
	match := strings.TrimPrefix(c.r.Header.Get("If-None-Match"), "W/")
	if match == "" || match != etag {
		return
	}
	c.status = http.StatusNotModified
	c.w.b = c.w.b[:0]
	if c.token != nil {
		c.points = 0
	}
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// etag needs to notice change, not to resist attack, and hashing half a megabyte must cost next to nothing:
// two checksums that processors compute in hardware.
func (c *call) etag() string {
	salt := []byte(c.r.Header.Get("Accept") + "\n" + c.r.Header.Get("Authorization"))
	sum := uint64(crc32.Update(crc32.ChecksumIEEE(salt), crc32.IEEETable, c.w.b))<<32 |
		uint64(crc32.Update(crc32.Checksum(salt, castagnoli), castagnoli, c.w.b))
	return `"` + strconv.FormatUint(sum, 16) + strconv.FormatInt(int64(len(c.w.b)), 16) + `"`
}

// deliver sends the answer, spoiled if the fault says so.
func (c *call) deliver(w http.ResponseWriter, fault *Fault) {
	if way := fault.variant(); way.deliver != nil {
		io.Copy(io.Discard, c.r.Body) // net/http sees that a client is gone only when all of its request was read
		way.deliver(c, fault, w)
		return
	}
	body := c.w.b
	kind := WorldChange
	if fault != nil {
		kind = fault.Kind
	}
	switch kind {
	case ConnectionReset:
		reset(w)
		return
	case TruncatedBody:
		body = body[:len(body)/2]
	case EmptyBody:
		body = nil
	}
	header := w.Header()
	for name, values := range c.header {
		header[name] = values
	}
	if c.status != http.StatusNotModified && c.status != http.StatusNoContent {
		header["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	w.WriteHeader(c.status)
	if c.r.Method == http.MethodHead || len(body) == 0 {
		return
	}
	if kind == SlowBody {
		half := len(body) / 2
		w.Write(body[:half])
		http.NewResponseController(w).Flush()
		select {
		case <-time.After(fault.For):
		case <-c.r.Context().Done():
		}
		body = body[half:]
	}
	w.Write(body) // a client that has gone away is its own business
}

// reset closes the connection so that the client reads a TCP reset.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}
