package githubsim

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// Fault is something that goes wrong. It strikes requests that match, lets the first After of them pass,
// strikes Times of the following (0: all of them, until it is withdrawn), and may change the world as it does.
//
//	sim.Fail(githubsim.Fault{Match: "/commits?", After: 2, Times: 1, Kind: githubsim.HTTPStatus, Status: 502})
//	sim.Fail(githubsim.Fault{Match: "page=3", Times: 1, Do: func() { repo.Rename("renamed") }})
type Fault struct {
	Match     string             `json:"match"` // part of "GET /path?query", or of the GraphQL operation's name; empty is everything
	MatchFunc func(Request) bool `json:"-"`     // in place of Match
	After     int                `json:"after"`
	Times     int                `json:"times"`
	Do        func()             `json:"-"` // a change of the world just before the request is answered
	Kind      FaultKind          `json:"kind"`

	Status     int           `json:"status"`      // HTTPStatus (default 502), GraphQLRefused (default 403), PrimaryLimit and SecondaryLimit (403, the default, or 429)
	Body       string        `json:"body"`        // HTTPStatus: default GitHub's page for the status; "-" is an empty body. ForeignLink: what links begin with
	For        time.Duration `json:"for"`         // how long a limit lasts (default: primary one window, secondary one minute), a slow body takes, or a list or GraphQL lags behind
	RetryAfter bool          `json:"retry_after"` // SecondaryLimit: send Retry-After
	Silent     bool          `json:"silent"`      // SecondaryLimit: send no rate limit headers at all, as GitHub sometimes does. ShortConnection: count no more than is shown
	Error      string        `json:"error"`       // GraphQLError, NulledNode: the message
	ErrorType  string        `json:"error_type"`  // GraphQLError, NulledNode: the type, may be empty
	Node       string        `json:"node"`        // AdditionsUnavailable: a SHA. PoisonedNode, NulledNode, UnreadableValue: a node id
	Field      string        `json:"field"`       // UnreadableValue: whose value is Error. ShortConnection: of which list
	Variant    string        `json:"variant"`     // of a hostile kind: see HostileFaults; empty lets Seed choose
	Seed       uint64        `json:"seed"`        // of a hostile kind: what its choices come from
	Size       int           `json:"size"`        // HugeBody: how often it repeats, when not as often as its variant says. ShortConnection: rows that are left
	MaxNodes   int           `json:"max_nodes"`   // ResourceLimits, PartialResourceLimits, GraphQLTimeout, ShortConnection: strikes nodes(ids:) above this many ids

	nth int // strike, from 1
}

// FaultKind is what goes wrong.
type FaultKind string

// The deck. A limit holds until it is over, whatever Times says: that only counts how often it begins.
const (
	WorldChange           FaultKind = ""                        // nothing but Do
	HTTPStatus            FaultKind = "status"                  // an error page: 502 as HTML, others as JSON
	PrimaryLimit          FaultKind = "primary_limit"           // the user's bucket is empty
	SecondaryLimit        FaultKind = "secondary_limit"         // "You have exceeded a secondary rate limit"
	PastReset             FaultKind = "past_reset"              // a spent budget whose window was over For ago (default ten minutes)
	TruncatedBody         FaultKind = "truncated_body"          // half of the document, as if it were all
	EmptyBody             FaultKind = "empty_body"              // 200 and nothing
	SlowBody              FaultKind = "slow_body"               // half of the document, a wait, the rest
	ConnectionReset       FaultKind = "connection_reset"        // TCP reset instead of an answer
	GraphQLError          FaultKind = "graphql_error"           // 200 with errors and null data
	AdditionsUnavailable  FaultKind = "additions_unavailable"   // one commit's line counts cannot be had through GraphQL
	PoisonedNode          FaultKind = "poisoned_node"           // queries for this node time out, and for the lists of a repository wherever it is shown
	NulledNode            FaultKind = "nulled_node"             // lists of GraphQL show null in place of this repository
	ResourceLimits        FaultKind = "resource_limits"         // 200 RESOURCE_LIMITS_EXCEEDED
	PartialResourceLimits FaultKind = "partial_resource_limits" // the same, with data for the first MaxNodes objects
	GraphQLTimeout        FaultKind = "graphql_timeout"         // 502 after GitHub's ten seconds, and points lost
	UnreadableValue       FaultKind = "unreadable_value"        // a field of one node holds what its type does not permit
	ShortConnection       FaultKind = "short_connection"        // a list beneath nodes(ids:) shows fewer rows than there are and says that there is no other page
	GraphQLRefused        FaultKind = "graphql_refused"         // the endpoint refuses every query, as behind a proxy that lets REST through only
	DiffTooLong           FaultKind = "diff_too_long"           // 500, for as long as the two commits are compared
	NodeLag               FaultKind = "node_lag"                // GraphQL neither knows nor lists yet what was made in the last For and is listed by REST already

	NoLink          FaultKind = "no_link"          // a list without its Link header
	ForeignLink     FaultKind = "foreign_link"     // links to the host of Body, as from an Enterprise Server behind a proxy
	SecondLink      FaultKind = "second_link"      // a gateway's Link header before GitHub's
	OddLink         FaultKind = "odd_link"         // the same links as RFC 8288 permits to write them
	EmptyPage       FaultKind = "empty_page"       // a list without rows that says that there is another page
	UndecodableRows FaultKind = "undecodable_rows" // no row of the list is what it should be
	SmallPages      FaultKind = "small_pages"      // a page has MaxNodes rows at most, whatever is asked for
	SubSecondTimes  FaultKind = "sub_second_times" // updated_at has fractions of seconds, and since ignores them
	ListLag         FaultKind = "list_lag"         // the list does not show yet what was made in the last For
)

// perNode says whether the fault lies in what a GraphQL query asks for rather than in the request.
func (f *Fault) perNode() bool {
	switch f.Kind {
	case AdditionsUnavailable, NulledNode, PoisonedNode, PartialResourceLimits, ShortConnection, UnreadableValue:
		return true
	case ResourceLimits, GraphQLTimeout:
		return f.MaxNodes > 0
	}
	return false
}

// strikesNodes says whether the fault hits a query for these node ids, so many of them in nodes(ids:).
func (f *Fault) strikesNodes(ids []string, inNodes int) bool {
	switch f.Kind {
	case PoisonedNode:
		return slices.Contains(ids, f.Node)
	case ResourceLimits, PartialResourceLimits, GraphQLTimeout:
		return inNodes > f.MaxNodes
	}
	return false
}

type faultDeck struct {
	mu      sync.Mutex
	active  []*activeFault
	hostile *hostility
	struck  int // how often anything did
}

type activeFault struct {
	Fault
	matched int
}

// Fail puts a fault into the deck and returns what withdraws it.
func (s *Sim) Fail(f Fault) (withdraw func()) {
	if f.Kind == HTTPStatus && f.Status == 0 {
		f.Status = 502
	}
	if f.Kind == SecondaryLimit && f.For == 0 {
		f.For = time.Minute
	}
	if !f.known() {
		panic("githubsim: no such fault: " + f.name())
	}
	a := &activeFault{Fault: f}
	d := &s.faults
	d.mu.Lock()
	defer d.mu.Unlock()
	d.active = append(d.active, a)
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.active = slices.DeleteFunc(d.active, func(other *activeFault) bool { return other == a })
	}
}

// Heal empties the fault deck, and ends what BeHostile began.
func (s *Sim) Heal() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.active, s.faults.hostile = nil, nil
}

// draw finds the first fault that strikes a request, and counts the match for every fault before it.
func (d *faultDeck) draw(r Request) *Fault {
	if f := d.first(func(f *Fault) bool { return !f.perNode() && f.matches(r) }); f != nil {
		return f
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.hostile.draw()
}

// count is another number each time.
func (d *faultDeck) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.struck++
	return d.struck
}

// drawForNodes finds the first fault that strikes a query for nodes.
func (d *faultDeck) drawForNodes(r Request, ids []string, inNodes int) *Fault {
	return d.first(func(f *Fault) bool { return f.perNode() && f.matches(r) && f.strikesNodes(ids, inNodes) })
}

// additionsUnavailable says whether one commit's line counts cannot be had.
func (d *faultDeck) additionsUnavailable(sha string) bool {
	if d.empty() {
		return false
	}
	return d.first(func(f *Fault) bool { return f.Kind == AdditionsUnavailable && f.Node == sha }) != nil
}

// unreadableValue is what a node holds in place of a field's value.
func (d *faultDeck) unreadableValue(id func() any, field string) (text string, unreadable bool) {
	if d.empty() {
		return "", false
	}
	f := d.first(func(f *Fault) bool { return f.Kind == UnreadableValue && f.Field == field && f.Node == id() })
	if f == nil {
		return "", false
	}
	return f.Error, true
}

// poisons says whether the lists of a repository take GitHub too long.
func (d *faultDeck) poisons(r Request, nodeID string) bool {
	return !d.empty() && d.first(func(f *Fault) bool { return f.Kind == PoisonedNode && f.Node == nodeID && f.matches(r) }) != nil
}

// shortens is the fault that shortens a list of a query for so many nodes, if one does.
func (d *faultDeck) shortens(r Request, field string, inNodes int) *Fault {
	if d.empty() {
		return nil
	}
	return d.first(func(f *Fault) bool {
		return f.Kind == ShortConnection && f.Field == field && inNodes > f.MaxNodes && f.matches(r)
	})
}

// nulls is the error beside the null that stands in place of a repository, if one does.
func (d *faultDeck) nulls(nodeID string) error {
	if d.empty() {
		return nil
	}
	if f := d.first(func(f *Fault) bool { return f.Kind == NulledNode && f.Node == nodeID }); f != nil {
		return &graphQLError{Type: f.ErrorType, Message: f.Error}
	}
	return nil
}

func (d *faultDeck) empty() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.active) == 0
}

func (d *faultDeck) first(strikes func(*Fault) bool) *Fault {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range d.active {
		if !strikes(&a.Fault) {
			continue
		}
		a.matched++
		if a.matched > a.After && (a.Times == 0 || a.matched <= a.After+a.Times) {
			return a.strike(a.matched - a.After)
		}
	}
	return nil
}

func (f *Fault) matches(r Request) bool {
	if f.Kind == GraphQLRefused && r.Resource != graphQLResource {
		return false
	}
	if f.MatchFunc != nil {
		return f.MatchFunc(r)
	}
	return strings.Contains(r.Method+" "+r.URL, f.Match) || (r.Operation != "" && strings.Contains(r.Operation, f.Match))
}
