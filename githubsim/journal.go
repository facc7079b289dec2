package githubsim

import (
	"slices"
	"sync"
	"time"
)

// Request is one request as the simulator saw and answered it.
type Request struct {
	Time      time.Time `json:"time"`
	Method    string    `json:"method"`
	URL       string    `json:"url"`                 // path and query, without /api/v3
	Owner     string    `json:"owner"`               // whose budget: user:LOGIN, installation:ID, app:ID, client:ID or ip:ADDRESS
	Resource  string    `json:"resource"`            // core, graphql, or web for the pages of OAuth
	Operation string    `json:"operation,omitempty"` // GraphQL operation name
	Status    int       `json:"status"`
	Bytes     int       `json:"bytes"`
	Points    int       `json:"points"`          // charged: GraphQL points, or 1 for REST; 0 for 304 and /rate_limit
	Fault     string    `json:"fault,omitempty"` // that struck: its kind, and its variant behind a slash
	// WhileLimited says that a previous response had told the owner that nothing remained.
	WhileLimited bool          `json:"while_limited,omitempty"`
	Duration     time.Duration `json:"duration"` // simulator's own time, without latency
}

// Stats are the sums of the journal.
type Stats struct {
	RESTRequests     int `json:"rest_requests"`
	GraphQLRequests  int `json:"graphql_requests"`
	GraphQLPoints    int `json:"graphql_points"`
	NotModified      int `json:"not_modified"`
	Errors           int `json:"errors"` // answers of 400 and above
	SentWhileLimited int `json:"sent_while_limited"`
}

type journal struct {
	mu       sync.Mutex
	requests []Request
	gaps     []string
}

func (j *journal) add(r Request) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.requests = append(j.requests, r)
}

func (j *journal) addGap(field string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !slices.Contains(j.gaps, field) {
		j.gaps = append(j.gaps, field)
	}
}

// Requests returns the journal, oldest first.
func (s *Sim) Requests() []Request {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return slices.Clone(s.journal.requests)
}

// ResetRequests empties the journal.
func (s *Sim) ResetRequests() {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	s.journal.requests, s.journal.gaps = nil, nil
}

// Gaps lists GraphQL fields ("Type.field") that were asked for, are valid, and answered 501.
func (s *Sim) Gaps() []string {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return slices.Clone(s.journal.gaps)
}

// Stats adds the journal up.
func (s *Sim) Stats() Stats {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	var stats Stats
	for _, r := range s.journal.requests {
		if r.Resource == graphQLResource {
			stats.GraphQLRequests++
			stats.GraphQLPoints += r.Points
		} else {
			stats.RESTRequests++
		}
		if r.Status == 304 {
			stats.NotModified++
		}
		if r.Status >= 400 {
			stats.Errors++
		}
		if r.WhileLimited {
			stats.SentWhileLimited++
		}
	}
	return stats
}
