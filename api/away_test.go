package api_test

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tributary/api"
	"tributary/api/receiver"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
	"tributary/store/testpg"
)

// needNoDatabase are the operations that answer without it where nobody has to be known:
// the last two because no browser comes back from GitHub.
var needNoDatabase = []string{"get-session", "delete-session", "return-from-github", "return-from-github-app"}

// reach is where an operation finds something, with a body that it takes.
func (w *world) reach(op operation) (paths []string, body string) {
	path, body := target(op)
	for kind, ids := range w.known {
		path = strings.Replace(path, "/"+kind+"/"+someID, "/"+kind+"/"+textOf(ids[0]), 1)
		path = strings.Replace(path, "/"+kind+"/404", "/"+kind+"/"+textOf(ids[0]), 1)
	}
	paths = []string{path}
	if _, ok := op.Responses["200"].Content["text/csv"]; ok {
		paths = append(paths, path+"?format=csv")
	}
	return paths, body
}

// looks are the operations that only look, and answer with something that ends.
func (w *world) looks(t *testing.T, looked func(path string)) {
	t.Helper()
	for _, op := range operations(t) {
		if op.method != http.MethodGet || strings.HasPrefix(op.OperationID, "return-from-") || op.OperationID == "watch-integration" {
			continue
		}
		paths, _ := w.reach(op)
		for _, path := range paths {
			looked(path)
		}
	}
}

// registeredIn finds the GitHub App where a server does.
func registeredIn(s *store.Store) api.Methods {
	return api.Methods{GitHubApp: func(ctx context.Context) (*api.GitHubApp, error) {
		if _, err := s.GitHubApp(ctx); !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		return nil, nil
	}}
}

// TestAway_isSaidByEveryOperationAndForgotten stops a Postgres under APIs that go on, as the
// restart of its machine does.
func TestAway_isSaidByEveryOperationAndForgotten(t *testing.T) {
	t.Parallel()
	server, err := testpg.Open("")
	must(t, err)
	t.Cleanup(func() { server.Close() })
	address, _, err := server.Create()
	must(t, err)
	db := storetest.Open(t, address)
	must(t, db.Migrate(t.Context()))
	w := newWorldOn(t, false, address)
	clock := newClock()
	known := startOn(t, storetest.Open(t, address), api.Config{Temporal: onlyLooked{}, Now: clock.Now})
	open := startOn(t, db, api.Config{Temporal: onlyLooked{}, Now: clock.Now, Dev: true, Heartbeat: 10 * time.Millisecond, Methods: registeredIn(db)})
	_, cookie := known.signIn(t, w.secrets[0])
	works := func() {
		t.Helper()
		w.looks(t, func(path string) {
			if a := open.get(t, path); a.status >= 500 {
				t.Errorf("%s = %d: %s", path, a.status, a.body)
			}
		})
		if a := known.request(t, http.MethodGet, "/api/v1/session", "", sent(cookie)...); a.status != http.StatusOK {
			t.Errorf("the session = %d: %s", a.status, a.body)
		}
		if a := open.request(t, http.MethodPost, "/api/v1/tokens", `{"name":"`+rand.Text()+`","role":"viewer"}`); a.status != http.StatusCreated {
			t.Errorf("a new token = %d: %s", a.status, a.body)
		}
	}
	works()
	stream := watch(t, open.url+"/api/v1/integrations/"+textOf(w.known["integrations"][0])+"/events")
	queued := stream.until(t, "a queued sync", func(e event) bool {
		return e.sync.State == models.SyncQueued && e.sync.OrganizationID == storetest.OrganizationID
	})

	must(t, server.Stop())
	for _, op := range operations(t) {
		paths, body := w.reach(op)
		for _, path := range paths {
			clock.pass(time.Minute) // a pace that one caller may keep up
			saysAway(t, op.method+" "+path, known.request(t, op.method, path, body, bearer(w.secrets[0])...), address)
			if !slices.Contains(needNoDatabase, op.OperationID) {
				saysAway(t, op.method+" "+path+" in Dev", open.request(t, op.method, path, body), address)
			}
		}
	}
	saysAway(t, "a session", known.request(t, http.MethodGet, "/api/v1/session", "", sent(cookie)...), address)
	saysAway(t, "a sign-in", known.request(t, http.MethodPost, "/api/v1/session", `{"token":"`+w.secrets[0]+`"}`), address)
	saysAway(t, "readyz", open.get(t, "/readyz"), address)
	saysAway(t, "a delivery", known.request(t, http.MethodPost, receiver.Path+strings.Repeat("A", 26), "{}",
		"X-Hub-Signature-256", "sha256="+strings.Repeat("0", 64), "X-GitHub-Delivery", "1", "X-GitHub-Event", "push"), address)

	must(t, server.Start())
	works()
	run(t, db, queued.sync.ID)
	stream.until(t, "what came after the start", func(e event) bool { return e.sync.ID == queued.sync.ID && e.sync.Stored["commits"] > 0 })
}

// saysAway fails the test unless an answer says that the database is away, and nothing of
// where it is.
func saysAway(t *testing.T, what string, a answer, address string) {
	t.Helper()
	if a.status != http.StatusServiceUnavailable {
		t.Errorf("%s = %d, want 503: %s", what, a.status, a.body)
		return
	}
	if p := a.problem(t, http.StatusServiceUnavailable); p.Code != models.DatabaseDown || a.header.Get("Retry-After") != "5" {
		t.Errorf("%s: %s, Retry-After %q, want database_down and 5 seconds", what, p.Code, a.header.Get("Retry-After"))
	}
	u, err := url.Parse(address)
	must(t, err)
	if strings.Contains(a.body, u.Host) || strings.Contains(a.body, u.Path) {
		t.Errorf("%s says where the database is: %s", what, a.body)
	}
}

// TestAway_isSaidAtEveryStatement cuts the connection at the first, the second, ... thing
// that an operation sends to the database.
func TestAway_isSaidAtEveryStatement(t *testing.T) {
	t.Parallel()
	address := storetest.PostgresURL(t)
	w := newWorldOn(t, false, address)
	u, err := url.Parse(address)
	must(t, err)
	g := newGate(t, u.Host)
	u.Host = g.listener.Addr().String()
	db := storetest.Open(t, u.String())
	f := startOn(t, db, api.Config{Temporal: onlyLooked{}, Dev: true, Methods: registeredIn(db)})
	w.looks(t, func(path string) {
		for n := 0; ; n += 2 { // a statement that is new to a connection is two pieces
			g.let(n)
			a := f.get(t, path)
			if !g.let(-1) {
				return // the last statement passed
			}
			saysAway(t, path, a, address)
		}
	})
	integration := textOf(w.known["integrations"][0])
	for n, shut := 0, true; shut; n++ {
		g.let(n)
		a := f.request(t, http.MethodPatch, "/api/v1/integrations/"+integration, `{"name":"another name"}`)
		if shut = g.let(-1); a.status != http.StatusOK { // that it is done may be all that is not recorded
			saysAway(t, "a change", a, address)
		}
	}
}

// gate passes on what is sent to a database, all of it or only so much.
type gate struct {
	listener net.Listener
	target   string

	mu   sync.Mutex
	left int // pieces; negative: all
	shut bool
	open map[net.Conn]bool
}

func newGate(t *testing.T, target string) *gate {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	g := &gate{listener: listener, target: target, left: -1, open: map[net.Conn]bool{}}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			go g.pass(in)
		}
	}()
	return g
}

// let lets so many pieces through from now on, and reports whether the gate was shut.
func (g *gate) let(pieces int) (shut bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	shut, g.left, g.shut = g.shut, pieces, false
	return shut
}

// take reports whether one more piece may pass; the first that may not breaks all connections.
func (g *gate) take() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.left == 0 {
		g.shut = true
		for c := range g.open {
			c.Close()
		}
		clear(g.open)
		return false
	}
	g.left--
	return true
}

func (g *gate) pass(in net.Conn) {
	defer in.Close()
	out, err := net.Dial("tcp", g.target)
	if err != nil {
		return
	}
	defer out.Close()
	g.mu.Lock()
	g.open[in] = true
	g.mu.Unlock()
	go func() {
		_, _ = io.Copy(in, out) // until either side has enough
		in.Close()
	}()
	piece := make([]byte, 64<<10)
	for {
		n, err := in.Read(piece)
		if err != nil || !g.take() {
			return
		}
		if _, err := out.Write(piece[:n]); err != nil {
			return
		}
	}
}
