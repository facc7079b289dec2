package githubsim

import (
	"math/rand/v2"
	"net/http"
	"slices"
)

// What a server can send that is broken, or that only looks like GitHub and means harm. Nothing here says what a
// client should make of it.
//
// Each kind has variants, and a Fault names one or lets its Seed choose. They meet every request alike: REST, GraphQL
// and the exchange of codes.
const (
	AbsurdLimit    FaultKind = "absurd_limit"    // a refusal for a limit with an end, or a count, that nobody can mean
	AbsurdRate     FaultKind = "absurd_rate"     // a good answer with such headers
	LoginAttempts  FaultKind = "login_attempts"  // 403: too many bad tokens came before, from anybody
	BadCredentials FaultKind = "bad_credentials" // 401 for a good token, as a caller without one is counted
	OddRemedy      FaultKind = "odd_remedy"      // 403 with a link to lift it that leads somewhere else
	OddMessage     FaultKind = "odd_message"     // an error whose texts are no texts
	OddHeaders     FaultKind = "odd_headers"     // headers whose values are no values
	HugeBody       FaultKind = "huge_body"       // more than anybody can hold; streamed. Size: of what it repeats
	OddDates       FaultKind = "odd_dates"       // times that are none, or of no calendar
	OddText        FaultKind = "odd_text"        // texts that do more than to be read
	OddNames       FaultKind = "odd_names"       // logins, names and branches that GitHub does not permit
	OddLinks       FaultKind = "odd_links"       // addresses of pages that are none
	OddIDs         FaultKind = "odd_ids"         // ids that are no ids, or the same for all
	OddRows        FaultKind = "odd_rows"        // lists whose rows are something else
	OddTypes       FaultKind = "odd_types"       // values of another type anywhere
	EndlessList    FaultKind = "endless_list"    // a list that comes to no end
	OddStatus      FaultKind = "odd_status"      // a status that the request does not permit
	OddContent     FaultKind = "odd_content"     // content that is not what its headers say
	OddDelivery    FaultKind = "odd_delivery"    // an answer that arrives in pieces, late, or not at all
)

// variant is one way of a kind. What it leaves out happens as usual.
type variant struct {
	name    string
	prepare func(*call, *Fault)                      // before a good answer is made
	instead func(*call, *Fault)                      // in place of a good answer
	spoil   func(*call, *Fault)                      // after it was made
	deliver func(*call, *Fault, http.ResponseWriter) // in place of its delivery
}

// hostileKinds is all that a hostile server knows, in order.
var hostileKinds = []struct {
	kind     FaultKind
	variants []variant
}{
	{AbsurdLimit, absurdLimits()},
	{AbsurdRate, absurdRates()},
	{LoginAttempts, loginAttempts()},
	{BadCredentials, badCredentials()},
	{OddRemedy, oddRemedies()},
	{OddMessage, oddMessages()},
	{OddHeaders, oddHeaders()},
	{HugeBody, hugeBodies()},
	{OddDates, oddDates()},
	{OddText, oddTexts()},
	{OddNames, oddNames()},
	{OddLinks, oddLinks()},
	{OddIDs, oddIDs()},
	{OddRows, oddRows()},
	{OddTypes, oddTypes()},
	{EndlessList, endlessLists()},
	{OddStatus, oddStatuses()},
	{OddContent, oddContents()},
	{OddDelivery, oddDeliveries()},
}

// HostileFaults are all that a hostile server can do: each kind in each of its variants.
func HostileFaults() []Fault {
	var all []Fault
	for _, k := range hostileKinds {
		for _, v := range k.variants {
			all = append(all, Fault{Kind: k.kind, Variant: v.name})
		}
	}
	return all
}

// BeHostile plays all of HostileFaults at random among good answers, until Heal: so many of a hundred requests that no
// fault of the deck strikes. The same seed plays the same to the same requests.
func (s *Sim) BeHostile(seed uint64, percent int) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.hostile = &hostility{random: rand.New(rand.NewPCG(seed, 0)), percent: percent}
}

type hostility struct {
	random  *rand.Rand
	percent int
}

func (h *hostility) draw() *Fault {
	if h == nil || h.random.IntN(100) >= h.percent {
		return nil
	}
	kind := hostileKinds[h.random.IntN(len(hostileKinds))]
	fault := Fault{Kind: kind.kind, Seed: h.random.Uint64()}
	return fault.strike(1)
}

// strike is the fault as it strikes for the nth time.
func (f Fault) strike(nth int) *Fault {
	f.nth = nth
	if ways := f.variants(); f.Variant == "" && len(ways) > 0 {
		f.Variant = ways[rand.New(rand.NewPCG(f.Seed, uint64(nth))).IntN(len(ways))].name
	}
	return &f
}

// random is what a fault's choices come from: the same for the same seed and strike.
func (f *Fault) random() *rand.Rand { return rand.New(rand.NewPCG(f.Seed, uint64(f.nth))) }

func (f *Fault) variants() []variant {
	for _, k := range hostileKinds {
		if k.kind == f.Kind {
			return k.variants
		}
	}
	return nil
}

// variant is empty for what is not hostile, and so for no fault at all.
func (f *Fault) variant() variant {
	if f == nil {
		return variant{}
	}
	ways := f.variants()
	if i := slices.IndexFunc(ways, func(v variant) bool { return v.name == f.Variant }); i >= 0 {
		return ways[i]
	}
	return variant{}
}

// known says whether there is such a variant. A misspelt one would never strike.
func (f *Fault) known() bool { return f.Variant == "" || f.variant().name != "" }

// name is what the journal calls a fault.
func (f *Fault) name() string {
	switch {
	case f == nil:
		return ""
	case f.Variant == "":
		return string(f.Kind)
	}
	return string(f.Kind) + "/" + f.Variant
}

// prepare lets a fault change how the good answer is made that it will spoil.
func (c *call) prepareFor(fault *Fault) {
	if way := fault.variant(); way.prepare != nil {
		way.prepare(c, fault)
	}
}

// spoil lets a hostile fault change an answer.
func (c *call) spoil(fault *Fault) {
	if way := fault.variant(); way.spoil != nil {
		way.spoil(c, fault)
	}
}
