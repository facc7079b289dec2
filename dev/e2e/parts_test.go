package e2e_test

import (
	"context"
	"encoding/base64"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tributary/api"
	"tributary/store/testpg"
)

// installation is the product in processes, which share nothing with the test
// but addresses.
type installation struct {
	api       string // URL, which needs no token
	temporal  string // address
	namespace string // Temporal's; empty for the default one
	database  string // URL
	admin     string // URL of a database of the server's superuser; empty where there is none of the test's own
	data      string // folder
	receiver  string // the part that has the API
	settings  []string
	parts     []*part // the newest first
	victims   []victim
}

// victim is a part that can be killed. It comes back by itself.
type victim struct {
	name string
	kill func()
}

// allInOne installs the command up, on SQLite.
func allInOne(t *testing.T, gitHubURL string, settings ...string) *installation {
	t.Helper()
	i := &installation{temporal: freeAddress(t), data: t.TempDir(), receiver: "up"}
	i.database = "sqlite:" + filepath.Join(i.data, "tributary.db")
	listen := freeAddress(t)
	i.api = "http://" + listen
	i.run(t, "up", "Ctrl-C", tributaryDev, append(settings, "TRIBUTARY_GITHUB_API_URL="+gitHubURL),
		"up", "--data", i.data, "--listen", listen, "--temporal-address", i.temporal, "--temporal-ui-address", anyPort)
	return i
}

// separateParts installs each part as a process of its own, Postgres too.
func separateParts(t *testing.T, gitHubURL string, settings ...string) *installation {
	t.Helper()
	server, err := testpg.Open("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	database, _, err := server.Create()
	if err != nil {
		t.Fatal(err)
	}
	i := withoutWorker(t, database, gitHubURL, settings...)
	i.worker(t, "worker")
	i.victims = append(i.victims, victim{"Postgres", func() {
		if err := server.Crash(); err != nil {
			t.Error(err)
		}
	}})
	return i
}

// withoutWorker installs Temporal and the API on a Postgres database.
func withoutWorker(t *testing.T, database, gitHubURL string, settings ...string) *installation {
	t.Helper()
	i := &installation{temporal: freeAddress(t), database: database, data: t.TempDir(), receiver: "api"}
	listen, token := freeAddress(t), strings.Repeat("admission", 4)
	i.api = authorized(t, listen, token)
	i.settings = append(settings,
		"TRIBUTARY_DATABASE_URL="+database, "TRIBUTARY_GITHUB_API_URL="+gitHubURL, "TRIBUTARY_TEMPORAL_ADDRESS="+i.temporal,
		"TRIBUTARY_LISTEN="+listen, "TRIBUTARY_API_TOKEN="+token,
		"TRIBUTARY_SECRET_KEYS="+base64.StdEncoding.EncodeToString([]byte(strings.Repeat("key!", 8))))
	i.migrate(t)
	i.run(t, "temporal", "data", tributaryDev, nil, "temporal", "--data", i.data, "--temporal-address", i.temporal, "--temporal-ui-address", anyPort)
	i.run(t, "api", "api is listening", tributary, i.settings, "api")
	return i
}

func (i *installation) migrate(t *testing.T) {
	t.Helper()
	program, err := tributary()
	if err != nil {
		t.Fatal(err)
	}
	p, err := launch(program, t.TempDir(), i.settings, "migrate")
	if err != nil {
		t.Fatal(err)
	}
	if code := p.wait(t, time.Minute); code != 0 {
		t.Fatalf("tributary migrate ended with %d:\n%s", code, p.stderr.Tail())
	}
}

// worker installs one more worker.
func (i *installation) worker(t *testing.T, name string, settings ...string) *part {
	t.Helper()
	return i.run(t, name, "worker is running", tributary, slices.Concat(i.settings, settings), "worker")
}

// run keeps a part running and returns when it works.
func (i *installation) run(t *testing.T, name, works string, program func() (string, error), environment []string, args ...string) *part {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	directory := t.TempDir()
	p := &part{name: name, works: works, kept: make(chan struct{}), start: func() (*process, error) {
		return launch(path, directory, environment, args...)
	}}
	ctx, cancel := context.WithCancel(t.Context())
	go p.keep(ctx, t)
	t.Cleanup(func() { cancel(); <-p.kept })
	i.parts = slices.Insert(i.parts, 0, p)
	i.victims = append(i.victims, victim{name, func() { p.kill(ctx) }})
	p.await(t)
	return p
}

// connect tests a token and returns what to create an integration from.
func (i *installation) connect(t *testing.T, w *world, token string) map[string]any {
	t.Helper()
	var test api.TokenTest
	if err := request(t.Context(), http.MethodPost, i.api+"/api/v1/connections/github/token/test", map[string]any{"token": token}, &test); err != nil {
		t.Fatal(err)
	}
	return map[string]any{"connection_id": test.ConnectionID, "name": "GitHub", "organizations": []int64{w.Organization.ID}, "auto_import": true}
}

// await waits until every part works.
func (i *installation) await(t *testing.T) {
	t.Helper()
	for _, p := range i.parts {
		p.await(t)
	}
}

// part is one of those that were started, by name.
func (i *installation) part(name string) *part {
	return i.parts[slices.IndexFunc(i.parts, func(p *part) bool { return p.name == name })]
}

// stop stops the parts, the newest first.
func (i *installation) stop(t *testing.T) {
	t.Helper()
	for _, p := range i.parts {
		p.stop(t)
	}
}

// part is a process of the product. Whenever it ends it is started again, as a
// container is.
type part struct {
	name  string
	works string // what it writes once it works
	start func() (*process, error)
	kept  chan struct{} // closed when it is not started again any more

	mu       sync.Mutex
	process  *process // the latest
	killed   bool     // the latest was
	stopping bool
}

func (p *part) keep(ctx context.Context, t *testing.T) {
	defer close(p.kept)
	for ctx.Err() == nil {
		started, err := p.start()
		if err != nil {
			t.Errorf("start %s: %v", p.name, err)
			return
		}
		p.mu.Lock()
		p.process, p.killed = started, false
		p.mu.Unlock()
		select {
		case <-ctx.Done():
			started.kill()
			return
		case <-started.ended:
			if !p.again(t) {
				return
			}
		}
	}
}

// again reports whether the part starts again after it has ended. One
// that cannot begin to work, because another part is down, may end by itself.
func (p *part) again(t *testing.T) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.stopping && !p.killed && p.process.said(p.works) {
		t.Errorf("%s ended by itself, with %d:\n%s", p.name, p.process.cmd.ProcessState.ExitCode(), p.process.stderr.Tail())
	}
	return !p.stopping
}

// await waits until the part works.
func (p *part) await(t *testing.T) {
	t.Helper()
	eventually(t, time.Minute, p.name+" works", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.process != nil && !p.killed && p.process.said(p.works)
	})
}

// kill kills the process that runs. After one that was killed it waits for the next.
func (p *part) kill(ctx context.Context) {
	for ctx.Err() == nil && !p.killLatest() {
		time.Sleep(10 * time.Millisecond)
	}
}

func (p *part) killLatest() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.killed {
		return false
	}
	p.killed = true
	p.process.kill()
	return true
}

// restart lets the process that runs end properly, and waits until the next one works.
func (p *part) restart(t *testing.T, within time.Duration) {
	t.Helper()
	p.await(t)
	p.mu.Lock()
	p.killed = true
	last := p.process
	p.mu.Unlock()
	must(t, last.cmd.Process.Signal(syscall.SIGTERM))
	if code := last.wait(t, within); code != 0 {
		t.Errorf("%s ended with %d, want 0:\n%s", p.name, code, last.stderr.Tail())
	}
	p.await(t)
}

func (p *part) signal(t *testing.T, signal syscall.Signal) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.process.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
}

// logged counts the lines of its log that have all the words.
func (p *part) logged(words ...string) (lines int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for line := range strings.Lines(p.process.stderr.String()) {
		if !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(line, word) }) {
			lines++
		}
	}
	return lines
}

// stop lets the part end properly.
func (p *part) stop(t *testing.T) {
	t.Helper()
	p.await(t)
	p.mu.Lock()
	p.stopping = true
	last := p.process
	p.mu.Unlock()
	last.interrupt(t)
	if code := last.wait(t, waitForEnd); code != 0 {
		t.Errorf("%s ended with %d, want 0:\n%s", p.name, code, last.stderr.Tail())
	}
	<-p.kept
}

// authorized returns the URL of what passes requests on to an API with the token
// that it asks for.
func authorized(t *testing.T, address, token string) string {
	t.Helper()
	server := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: address})
			r.Out.Header.Set("Authorization", "Bearer "+token)
		},
		ErrorLog: log.New(io.Discard, "", 0), // of an API that was killed
	})
	t.Cleanup(server.Close)
	return server.URL
}

// freeAddress is one on which a part listens whenever it is started.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", anyPort)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
