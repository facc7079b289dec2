package histories

import (
	"context"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tributary/githubsim"
)

// Deck is what random histories are drawn from.
type Deck struct {
	Topics   []string // keys of changes
	Waits    []time.Duration
	Troubles []string
	Times    int // that a trouble strikes, at most
	Outage   int // times that it strikes when it lasts; 0 when nobody could wait for its end
	Skews    []time.Duration
	Rounds   int // at most
}

// Hours is the deck for clocks that are moved.
var Hours = Deck{
	Topics:   topics,
	Waits:    []time.Duration{0, 300 * time.Millisecond, time.Minute, 6 * time.Minute, 3 * time.Hour},
	Troubles: slices.Sorted(maps.Keys(troubles)),
	Times:    4,
	Outage:   40,
	Skews:    []time.Duration{0, 0, 10 * time.Minute, -10 * time.Minute, 7 * time.Second},
	Rounds:   9,
}

// Seconds is the deck for the real time: what is tried again is so with growing
// pauses, and no limit lasts long.
var Seconds = Deck{
	Topics: append(slices.Clone(topics), aboutTemporal),
	Waits:  []time.Duration{0, 300 * time.Millisecond},
	Troubles: []string{
		"", "an error page", "half an answer", "a reset connection", "GraphQL errors", "resource limits of big queries",
		"a budget that is spent for a second", "a secondary limit of a second",
	},
	Times:  2,
	Skews:  []time.Duration{0, 10 * time.Minute, -10 * time.Minute},
	Rounds: 5,
}

// aboutTemporal are changes that only a stage with a server of Temporal knows.
const aboutTemporal = "Temporal"

var topics = some(slices.Sorted(maps.Keys(changes)), func(topic string) bool { return topic != aboutTemporal })

// draw draws a history. It lets one be about a few things only: two changes
// that matter to each other would rarely meet among all.
func draw(t *rapid.T, deck Deck) History {
	about := rapid.SampledFrom(deck.Topics)
	topics := rapid.SliceOfNDistinct(about, 1, 3, rapid.ID).Draw(t, "topics")
	change := rapid.Custom(func(t *rapid.T) Change {
		topic := rapid.SampledFrom(topics).Draw(t, "about")
		return Change{
			About: topic,
			What:  rapid.SampledFrom(slices.Sorted(maps.Keys(changes[topic]))).Draw(t, "what"),
			Repo:  rapid.IntRange(0, 9).Draw(t, "repo"),
			N:     rapid.IntRange(0, 99).Draw(t, "n"),
		}
	})
	round := rapid.Custom(func(t *rapid.T) Round {
		return Round{
			Before:  rapid.SliceOfN(change, 1, 9).Draw(t, "before"),
			Wait:    rapid.SampledFrom(deck.Waits).Draw(t, "wait"),
			Verify:  rapid.IntRange(1, 6).Draw(t, "verify") == 6,
			Follow:  rapid.Bool().Draw(t, "follow"),
			Trouble: rapid.SampledFrom(deck.Troubles).Draw(t, "trouble"),
			Where:   rapid.SampledFrom(places).Draw(t, "where"),
			After:   rapid.IntRange(0, 20).Draw(t, "after"),
			Times:   rapid.SampledFrom(deck.times()).Draw(t, "times"),
			Midway:  rapid.SliceOfN(change, 0, 6).Draw(t, "midway"),
		}
	})
	return History{
		Skew:   rapid.SampledFrom(deck.Skews).Draw(t, "skew"),
		Live:   rapid.Custom(drawDeliveries).Draw(t, "deliveries"),
		Rounds: rapid.SliceOfN(round, 3, deck.Rounds).Draw(t, "rounds"),
	}
}

// drawDeliveries draws what becomes of deliveries: in half of the histories there are
// none.
func drawDeliveries(t *rapid.T) *githubsim.DeliveryFaults {
	if !rapid.Bool().Draw(t, "webhooks") {
		return nil
	}
	share := func(of string) float64 { return rapid.SampledFrom([]float64{0, 0.3}).Draw(t, of) }
	return &githubsim.DeliveryFaults{
		Seed: rapid.Uint64().Draw(t, "seed"), Drop: share("dropped"), Duplicate: share("doubled"), Reorder: share("reordered"), Truncate: share("truncated"),
		Delay: share("delayed"), DelayBy: 10 * time.Minute,
	}
}

// places are where trouble strikes: a kind of list, or a kind of query, and
// nothing else.
var places = []string{
	"", "/commits", "/compare", "/pulls?", "/pulls/comments", "/issues?", "/issues/comments", "/graphql",
	"pullRequestDetails", "commitDetails", "issueEvents", "pullRequestStates", "issueStates",
}

// times are how often a trouble may strike.
func (d Deck) times() (times []int) {
	for n := range d.Times {
		times = append(times, n+1)
	}
	if d.Outage > 0 {
		times = append(times, d.Outage)
	}
	return times
}

// troubles are what goes wrong with one request, with a few in a row, or with all
// of a kind for a while.
var troubles = map[string]githubsim.Fault{
	"":                                    {Kind: githubsim.WorldChange},
	"an error page":                       {Kind: githubsim.HTTPStatus, Status: 502},
	"no server":                           {Kind: githubsim.HTTPStatus, Status: 503},
	"half an answer":                      {Kind: githubsim.TruncatedBody},
	"an empty answer":                     {Kind: githubsim.EmptyBody},
	"a reset connection":                  {Kind: githubsim.ConnectionReset},
	"GraphQL errors":                      {Kind: githubsim.GraphQLError, Error: "Something went wrong while executing your query."},
	"a GraphQL timeout":                   {Kind: githubsim.GraphQLTimeout},
	"timeouts of big queries":             {Kind: githubsim.GraphQLTimeout, MaxNodes: 2},
	"resource limits of big queries":      {Kind: githubsim.ResourceLimits, MaxNodes: 1},
	"a list that lags behind":             {Kind: githubsim.ListLag, For: 2 * time.Minute},
	"a GraphQL that lags behind":          {Kind: githubsim.NodeLag, For: 2 * time.Minute},
	"lists without links":                 {Kind: githubsim.NoLink},
	"links of another host":               {Kind: githubsim.ForeignLink},
	"an empty page before others":         {Kind: githubsim.EmptyPage},
	"rows that nobody can read":           {Kind: githubsim.UndecodableRows},
	"a diff that is too long":             {Kind: githubsim.DiffTooLong},
	"bad credentials, for once":           {Kind: githubsim.HTTPStatus, Status: 401},
	"a limit whose end is over":           {Kind: githubsim.PastReset},
	"a spent budget":                      {Kind: githubsim.PrimaryLimit},
	"a spent budget as 429":               {Kind: githubsim.PrimaryLimit, Status: 429, For: 20 * time.Minute},
	"a secondary limit":                   {Kind: githubsim.SecondaryLimit},
	"a secondary limit with a known end":  {Kind: githubsim.SecondaryLimit, RetryAfter: true, For: 5 * time.Minute},
	"a secondary limit without headers":   {Kind: githubsim.SecondaryLimit, Silent: true},
	"a budget that is spent for a second": {Kind: githubsim.PrimaryLimit, For: time.Second},
	"a secondary limit of a second":       {Kind: githubsim.SecondaryLimit, RetryAfter: true, For: time.Second},
}

// inHistory is a testing.TB that lasts for one history and fails that one, so
// that rapid can look for a shorter one.
type inHistory struct {
	testing.TB
	rt *rapid.T
}

func (t inHistory) Helper()                   { t.rt.Helper() }
func (t inHistory) Error(args ...any)         { t.rt.Error(args...) }
func (t inHistory) Errorf(f string, a ...any) { t.rt.Errorf(f, a...) }
func (t inHistory) Fatal(args ...any)         { t.rt.Fatal(args...) }
func (t inHistory) Fatalf(f string, a ...any) { t.rt.Fatalf(f, a...) }
func (t inHistory) FailNow()                  { t.rt.FailNow() }
func (t inHistory) Failed() bool              { return t.rt.Failed() }
func (t inHistory) Cleanup(f func())          { t.rt.Cleanup(f) }
func (t inHistory) Context() context.Context  { return t.rt.Context() }

// TempDir is in memory where Linux has such a folder: each history makes a
// database, and disks take longer than all the rest.
func (t inHistory) TempDir() string {
	parent := "/dev/shm"
	if _, err := os.Stat(parent); err != nil {
		parent = ""
	}
	dir, err := os.MkdirTemp(parent, "history")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// pick takes one of a list, or nothing when it is empty.
func pick[T any](list []T, n int) (one T) {
	if len(list) > 0 {
		one = list[n%len(list)]
	}
	return one
}

// some are the elements for which want is true.
func some[T any](list []T, want func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(list), func(one T) bool { return !want(one) })
}
