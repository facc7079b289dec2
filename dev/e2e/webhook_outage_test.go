package e2e_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tributary/api/problem"
	"tributary/api/receiver"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

// outage is how long the database is away; GitHub waits as long for an answer.
const outage = 10 * time.Second

// F12: GitHub repeats nothing, so what is refused meanwhile comes only when the product
// asks for it, or reads.
func TestWebhooks_loseNothingWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		database func(testing.TB) string
		away     func(t *testing.T, database string) (through string, begin, end func())
		code     models.Code // of refused deliveries
		read     models.Code // of refused reads; empty: there are none
	}{
		"Postgres does not answer": {storetest.PostgresURL, behindGate, models.DatabaseDown, models.DatabaseDown},
		"SQLite is locked":         {storetest.SQLiteURL, lockable, models.DatabaseUnwritable, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := c.database(t)
			through, begin, end := c.away(t, database)
			answers := &answers{}
			front := httptest.NewServer(answers)
			t.Cleanup(front.Close)
			w := newWorldWith(t, githubsim.Config{AllowLocalHooks: true}, 3)
			w.publicURL = front.URL
			p, integration := liveOn(t, w, through, answers.passOnTo)

			moving, stop := context.WithCancel(t.Context())
			defer stop()
			stopped := make(chan time.Time)
			go func() {
				w.Organization.Bustle(moving, githubsim.Bustle{PerSecond: 10, Seed: 1})
				stopped <- time.Now()
			}()
			eventually(t, time.Minute, "deliveries are taken", func() bool { return len(answers.with(http.StatusAccepted)) > 20 })

			reads := map[string]int{}
			begin()
			for began := time.Now(); time.Since(began) < outage || len(answers.with(http.StatusServiceUnavailable)) == 0; {
				reads[statusOf(t, p.api+"/api/v1/integrations")]++
				if time.Since(began) > 3*outage {
					t.Fatalf("no delivery was refused: %v", answers.counted())
				}
				time.Sleep(50 * time.Millisecond) // between two looks
			}
			end()

			before := len(answers.with(http.StatusAccepted))
			eventually(t, time.Minute, "deliveries are taken again", func() bool { return len(answers.with(http.StatusAccepted)) > before+20 })
			stop()
			last := <-stopped
			if err := w.Deliver(t.Context()); err != nil {
				t.Fatal(err)
			}
			t.Logf("deliveries were answered with %v, reads meanwhile with %v", answers.counted(), reads)
			for answer := range answers.counted() {
				if answer != "202" && answer != fmt.Sprintf("503 %s", c.code) {
					t.Errorf("a delivery was answered with %s", answer)
				}
			}
			for answer, n := range reads {
				if answer != "200" && answer != fmt.Sprintf("503 %s", c.read) {
					t.Errorf("%d reads were answered with %s", n, answer)
				}
			}
			if c.read != "" && reads[fmt.Sprintf("503 %s", c.read)] == 0 {
				t.Error("no read was refused")
			}
			checkKept(t, database, answers.with(http.StatusAccepted))

			eventually(t, time.Minute, "what was refused is delivered again", func() bool {
				p.call(t, http.MethodPost, "/integrations/"+integration+"/webhooks/ping", map[string]any{"organization_id": w.Organization.ID}, nil)
				return len(missed(t, w, database)) == 0
			})
			eventually(t, time.Minute, "the last change is old enough", func() bool { return time.Since(last) > young })
			p.syncBySchedule(t, w, integration)
			eventually(t, time.Minute, "nothing waits", func() bool { return waitingIn(t, database) == 0 })
			w.checkFresh(t, database)
		})
	}
}

// young is for how long a pull request is read again after a change.
const young = 10 * time.Second

// checkKept fails the test unless deliveries are stored, and wait or are settled.
func checkKept(t *testing.T, database string, guids []string) {
	t.Helper()
	stored := map[string]models.DeliveryState{}
	for _, d := range storetest.Deliveries(t, database) {
		stored[d.GUID] = d.State
	}
	for _, guid := range guids {
		if state, found := stored[guid]; !found || state == models.DeliveryFailed {
			t.Errorf("delivery %s was answered with 202 and is not kept (%s)", guid, state)
		}
	}
}

// missed are the deliveries that the organization has made and that are not stored. A ping
// is never asked for again.
func missed(t *testing.T, w *world, database string) (guids []string) {
	t.Helper()
	stored := map[string]bool{}
	for _, d := range storetest.Deliveries(t, database) {
		stored[d.GUID] = true
	}
	for _, hook := range w.Organization.Hooks() {
		for _, d := range hook.Deliveries() {
			if d.Event != "ping" && !stored[d.GUID] {
				guids = append(guids, d.GUID)
			}
		}
	}
	return guids
}

// syncBySchedule lets the schedule's time come, and waits for the end of its sync.
func (p *product) syncBySchedule(t *testing.T, w *world, integration string) {
	t.Helper()
	known := p.syncs(t, integration)[0].ID
	for _, sync := range p.syncs(t, integration) {
		if sync.Trigger == models.TriggerSchedule {
			known = sync.ID
			break
		}
	}
	p.call(t, http.MethodPost, fmt.Sprintf("/organizations/%d/schedule/trigger", w.Organization.ID), nil, nil)
	eventually(t, waitForEnd, "a scheduled sync has ended", func() bool {
		for _, sync := range p.syncs(t, integration) {
			if sync.Trigger == models.TriggerSchedule {
				return sync.ID != known && sync.State == models.SyncCompleted
			}
		}
		return false
	})
}

// statusOf asks for something and returns the status, with the code of a problem.
func statusOf(t *testing.T, url string) string {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return said(answer.StatusCode, body)
}

func said(status int, body []byte) string {
	var p problem.Problem
	_ = json.Unmarshal(body, &p) // most have none
	return strings.TrimSpace(fmt.Sprintf("%d %s", status, p.Code))
}

// answers passes requests on and notes what deliveries are answered with.
type answers struct {
	mu      sync.Mutex
	target  *url.URL
	byGUID  map[string][]string
	ofCalls map[string]int
	strike  func() // nil: nothing
	left    int    // deliveries until then
	early   bool   // not when the last of them is answered, but while it is received
}

// strikeAt lets something happen when so many more deliveries were taken: while the next is
// received, or between its answer and GitHub.
func (a *answers) strikeAt(left int, early bool, strike func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.left, a.early, a.strike = left, early, strike
}

// due returns what is to happen now, once.
func (a *answers) due(early bool) func() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.left > 0 && !early {
		a.left--
	}
	if a.strike == nil || a.left > 0 || a.early != early {
		return func() {}
	}
	strike := a.strike
	a.strike = nil
	return strike
}

func (a *answers) passOnTo(address string) {
	target, _ := url.Parse(address) // the product's
	a.mu.Lock()
	defer a.mu.Unlock()
	a.target = target
}

func (a *answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	target := a.target
	a.mu.Unlock()
	if strings.HasPrefix(r.URL.Path, receiver.Path) {
		go a.due(true)()
	}
	(&httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ModifyResponse: a.note,
		ErrorLog:       log.New(io.Discard, "", 0), // of senders that leave
	}).ServeHTTP(w, r)
}

func (a *answers) note(answer *http.Response) error {
	guid := answer.Request.Header.Get("X-GitHub-Delivery")
	if guid == "" || !strings.HasPrefix(answer.Request.URL.Path, receiver.Path) {
		return nil
	}
	if answer.StatusCode == http.StatusAccepted {
		a.due(false)()
	}
	body, err := io.ReadAll(answer.Body)
	answer.Body = io.NopCloser(bytes.NewReader(body))
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.byGUID == nil {
		a.byGUID, a.ofCalls = map[string][]string{}, map[string]int{}
	}
	one := said(answer.StatusCode, body)
	a.byGUID[guid] = append(a.byGUID[guid], one)
	a.ofCalls[one]++
	return err
}

// with are the deliveries that were answered with a status, at least once.
func (a *answers) with(status int) (guids []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for guid, all := range a.byGUID {
		if slices.ContainsFunc(all, func(one string) bool { return strings.HasPrefix(one, fmt.Sprint(status)) }) {
			guids = append(guids, guid)
		}
	}
	return guids
}

// counted is how often there was which answer.
func (a *answers) counted() map[string]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.ofCalls)
}

// lockable is a SQLite database that somebody else writes to, for as long as they like.
func lockable(t *testing.T, database string) (through string, begin, end func()) {
	t.Helper()
	other, err := sql.Open("sqlite", strings.TrimPrefix(database, "sqlite:")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	other.SetMaxOpenConns(1)
	exec := func(statement string) func() {
		return func() {
			if _, err := other.ExecContext(t.Context(), statement); err != nil {
				t.Error(err)
			}
		}
	}
	return database, exec("BEGIN IMMEDIATE"), exec("ROLLBACK")
}

// behindGate is a Postgres database that can be cut off: connections break, and new ones
// are refused.
func behindGate(t *testing.T, database string) (through string, begin, end func()) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{t: t, target: u.Host, address: freeAddress(t), open: map[net.Conn]bool{}}
	g.lift()
	t.Cleanup(g.shut)
	u.Host = g.address
	return u.String(), g.shut, g.lift
}

type gate struct {
	t               *testing.T
	target, address string

	mu       sync.Mutex
	listener net.Listener
	open     map[net.Conn]bool
}

// lift lets connections through.
func (g *gate) lift() {
	g.mu.Lock()
	defer g.mu.Unlock()
	var err error
	if g.listener, err = net.Listen("tcp", g.address); err != nil {
		g.t.Error(err)
		return
	}
	go g.accept(g.listener)
}

func (g *gate) accept(listener net.Listener) {
	for {
		in, err := listener.Accept()
		if err != nil {
			return // it is shut
		}
		out, err := net.Dial("tcp", g.target)
		if err != nil {
			in.Close()
			continue
		}
		if !g.keep(listener, in, out) {
			return
		}
		for _, pair := range [][2]net.Conn{{in, out}, {out, in}} {
			go func() {
				_, _ = io.Copy(pair[0], pair[1]) // until either side has enough
				g.cut(in, out)
			}()
		}
	}
}

// keep reports whether the gate is still open for those who came through a listener.
func (g *gate) keep(listener net.Listener, connections ...net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range connections {
		if g.listener != listener {
			c.Close()
		} else {
			g.open[c] = true
		}
	}
	return g.listener == listener
}

func (g *gate) cut(connections ...net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range connections {
		c.Close()
		delete(g.open, c)
	}
}

// shut refuses new connections and breaks those that are open.
func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.listener != nil {
		g.listener.Close()
		g.listener = nil
	}
	for c := range g.open {
		c.Close()
	}
	clear(g.open)
}
