package githubsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// The control API is for tests that run the simulator as a process. It answers JSON and asks for no token: whoever
// reaches the simulator may change its world.
//
//	GET    /_sim/requests        the journal
//	GET    /_sim/stats           its sums
//	GET    /_sim/truth?org=acme  what a complete copy holds
//	GET    /_sim/gaps            GraphQL fields answered with 501
//	POST   /_sim/reset           empty the journal
//	POST   /_sim/limits          {"rest": 50, "graphql": 20, "window": "5s"}
//	POST   /_sim/faults          a Fault, durations as text
//	POST   /_sim/hostile         {"seed": 1, "percent": 20}
//	DELETE /_sim/faults          empty the fault deck
//	POST   /_sim/deliveries      DeliveryFaults, delay_by as text; {} ends them
//	POST   /_sim/changes         a Change
//	POST   /_sim/apps            a GitHub App with a slug, or an OAuth app without; see registration
func (s *Sim) serveControl(w http.ResponseWriter, r *http.Request) {
	answer, err := s.control(r)
	status := http.StatusOK
	switch {
	case errors.Is(err, errNoRoute):
		status = http.StatusNotFound
	case err != nil:
		status = http.StatusBadRequest
	}
	if err != nil {
		answer = map[string]string{"error": err.Error()}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(answer) // a client that has gone away is its own business
}

var errNoRoute = errors.New("no such control route")

func (s *Sim) control(r *http.Request) (any, error) {
	switch r.Method + " " + r.URL.Path {
	case "GET /_sim/requests":
		return s.Requests(), nil
	case "GET /_sim/stats":
		return s.Stats(), nil
	case "GET /_sim/truth":
		return s.Truth(r.URL.Query().Get("org")), nil
	case "GET /_sim/gaps":
		return s.Gaps(), nil
	case "POST /_sim/reset":
		s.ResetRequests()
		return done, nil
	case "POST /_sim/limits":
		return s.controlLimits(r.Body)
	case "POST /_sim/faults":
		return s.controlFault(r.Body)
	case "POST /_sim/hostile":
		return s.controlHostility(r.Body)
	case "POST /_sim/deliveries":
		return s.controlDeliveries(r.Body)
	case "DELETE /_sim/faults":
		s.Heal()
		return done, nil
	case "POST /_sim/changes":
		var c Change
		if err := decode(r.Body, &c); err != nil {
			return nil, err
		}
		return s.Apply(c)
	case "POST /_sim/apps":
		return s.controlApp(r.Body)
	}
	return nil, errNoRoute
}

var done = map[string]bool{"ok": true}

// decode refuses members that it does not know: a misspelt fault would never strike.
func decode(body io.Reader, into any) error {
	decoder := json.NewDecoder(body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	return nil
}

func (s *Sim) controlLimits(body io.Reader) (any, error) {
	limits := struct {
		REST    int      `json:"rest"`
		GraphQL int      `json:"graphql"`
		Window  duration `json:"window"`
	}{s.config.RateLimit, s.config.GraphQLLimit, duration(s.config.RateWindow)}
	if err := decode(body, &limits); err != nil {
		return nil, err
	}
	s.SetLimits(limits.REST, limits.GraphQL, time.Duration(limits.Window))
	return done, nil
}

func (s *Sim) controlFault(body io.Reader) (any, error) {
	fault := struct {
		*Fault
		For duration `json:"for"`
	}{Fault: &Fault{}}
	if err := decode(body, &fault); err != nil {
		return nil, err
	}
	fault.Fault.For = time.Duration(fault.For)
	if !fault.known() {
		return nil, fmt.Errorf("no such fault: %s", fault.name())
	}
	s.Fail(*fault.Fault)
	return done, nil
}

func (s *Sim) controlHostility(body io.Reader) (any, error) {
	how := struct {
		Seed    uint64 `json:"seed"`
		Percent int    `json:"percent"`
	}{Percent: usualHostility}
	if err := decode(body, &how); err != nil {
		return nil, err
	}
	s.BeHostile(how.Seed, how.Percent)
	return done, nil
}

func (s *Sim) controlDeliveries(body io.Reader) (any, error) {
	faults := struct {
		*DeliveryFaults
		DelayBy duration `json:"delay_by"`
	}{DeliveryFaults: &DeliveryFaults{}}
	if err := decode(body, &faults); err != nil {
		return nil, err
	}
	faults.DeliveryFaults.DelayBy = time.Duration(faults.DelayBy)
	s.SetDeliveryFaults(*faults.DeliveryFaults)
	return done, nil
}

// usualHostility leaves most answers good: behind others that are not, much is never asked.
const usualHostility = 20

// duration is a time.Duration written as text: "1m30s".
type duration time.Duration

func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = duration(parsed)
	return err
}
