package api_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"tributary/api"
	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// counted is a listener that knows its connections and their deadlines.
type counted struct {
	net.Listener
	open, deadlines atomic.Int32
}

func (l *counted) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.open.Add(1)
	return &countedConn{Conn: conn, listener: l}, nil
}

type countedConn struct {
	net.Conn
	listener *counted
	once     sync.Once
}

func (c *countedConn) SetWriteDeadline(at time.Time) error {
	c.listener.deadlines.Add(1)
	return c.Conn.SetWriteDeadline(at)
}

func (c *countedConn) Close() error {
	c.once.Do(func() { c.listener.open.Add(-1) })
	return c.Conn.Close()
}

// served is the API behind Serve, as outside of tests.
type served struct {
	fixture
	listener *counted
	address  string
}

func openDoor(t *testing.T, db *store.Store, c api.Config) served {
	t.Helper()
	c.Store = db
	if c.Now == nil {
		c.Now = time.Now
	}
	d := served{fixture: fixture{store: db, log: &lockedBuffer{}}}
	c.Logger = slog.New(slog.NewJSONHandler(d.log, nil))
	h, err := api.New(c)
	must(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	d.listener, d.address = &counted{Listener: ln}, ln.Addr().String()
	d.url = "http://" + d.address
	stopped := make(chan error, 1)
	go func() { stopped <- door.Serve(t.Context(), d.listener, h) }()
	t.Cleanup(func() { must(t, <-stopped) }) // the test's context has ended by then
	return d
}

// dial sends the beginning of a request.
func (d served) dial(t *testing.T, text string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", d.address)
	must(t, err)
	t.Cleanup(func() { conn.Close() })
	_, err = io.WriteString(conn, text)
	must(t, err)
	return conn
}

// hungUp fails unless the server ends all connections by itself.
func (d served) hungUp(t *testing.T, what string) {
	t.Helper()
	within(t, what+" to end", func() bool { return d.listener.open.Load() == 0 })
}

func within(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !done(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// comments stores comments of 64 KB, as long as GitHub takes them.
func comments(t *testing.T, s *store.Store, n int) {
	t.Helper()
	text := strings.Repeat("x", 64<<10)
	for some := range slices.Chunk(make([]struct{}, n), 50) {
		var page models.Page
		for range some {
			id := int64(n)
			n--
			page.ReviewComments = append(page.ReviewComments, models.ReviewComment{ID: id, Number: 1, Body: text,
				CreatedAt: storetest.Noon.Add(time.Duration(id) * time.Second), UpdatedAt: storetest.Noon})
		}
		page.Next.Cursor = fmt.Sprint(n)
		save(t, s, models.StreamReviewComments, page)
	}
}

const exportOf = "GET /api/v1/pr-comments?format=csv HTTP/1.1\r\nHost: localhost\r\n"

// TestExports_thatNobodyReadsEndAndHoldLittle runs alone: it looks at the memory of
// the process.
func TestExports_thatNobodyReadsEndAndHoldLittle(t *testing.T) {
	db := storetest.New(t)
	storetest.Integration(t, db, 1)
	comments(t, db, 600) // more than the kernel holds for a reader
	d := openDoor(t, db, api.Config{Dev: true, TakeTime: time.Second})
	before := heap()
	var conns []net.Conn
	for range 20 {
		conns = append(conns, d.dial(t, exportOf+"\r\n"))
	}
	most := uint64(0)
	within(t, "all exports to be cut off", func() bool {
		most = max(most, heap())
		return strings.Count(d.log.String(), `"route":"/api/v1/pr-comments"`) == 20
	})
	d.hungUp(t, "exports that nobody reads")
	grown := (max(most, before) - before) >> 20
	t.Logf("20 exports hold %d MB", grown)
	if grown > 150 {
		t.Errorf("20 exports that nobody reads hold %d MB, want 150 at most", grown)
	}
	for _, conn := range conns {
		if _, err := readFile(conn); err == nil {
			t.Error("a file that was cut off looks whole")
		}
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

// readFile reads an answer to its end, and its lines.
func readFile(conn net.Conn) (lines int, err error) {
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return strings.Count(string(text), "\n"), err
}

func TestExports_thatAreReadAreNotCut(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Integration(t, db, 1)
	comments(t, db, 100)
	d := openDoor(t, db, api.Config{Dev: true})
	conn := d.dial(t, exportOf+"Connection: close\r\n\r\n")
	lines, err := readFile(conn)
	if err != nil || lines != 101 {
		t.Errorf("%d lines, %v; want 101", lines, err)
	}
	// Each 64 KB has time of its own, so that the whole may take as long as it takes.
	if n := d.listener.deadlines.Load(); n < 100 {
		t.Errorf("the deadline was renewed %d times for 6.4 MB, want 100 at least", n)
	}
}

func TestExports_areFewAtOnce(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Integration(t, db, 1)
	comments(t, db, 400)
	d := openDoor(t, db, api.Config{TakeTime: time.Hour})
	reader, _ := d.token(t, "reader", models.RoleViewer)
	other, _ := d.token(t, "other", models.RoleViewer)
	export := func(token string) answer {
		return d.request(t, http.MethodGet, "/api/v1/pr-comments?format=csv&author=nobody", "", bearer(token)...)
	}
	var open []net.Conn
	for range 4 {
		conn := d.dial(t, exportOf+"Authorization: Bearer "+reader+"\r\n\r\n")
		if _, err := http.ReadResponse(bufio.NewReaderSize(conn, 16), nil); err != nil { // it has begun
			t.Fatal(err)
		}
		open = append(open, conn)
	}
	a := export(reader)
	if p := a.problem(t, http.StatusTooManyRequests); p.Code != problem.TooManyRequests || a.header.Get("Retry-After") != "10" {
		t.Errorf("%s, Retry-After %q", p.Code, a.header.Get("Retry-After"))
	}
	if a := export(other); a.status != http.StatusOK {
		t.Errorf("another token = %d: %s", a.status, a.body)
	}
	for _, conn := range open {
		conn.Close()
	}
	within(t, "room for an export", func() bool { return export(reader).status == http.StatusOK })
}

func TestStreams_areSoManyAtOnce(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	integration := storetest.Integration(t, db, 1)
	d := openDoor(t, db, api.Config{Now: newClock().Now})
	reader, _ := d.token(t, "reader", models.RoleViewer)
	path := "/api/v1/integrations/" + integration.ID + "/events"
	var last stream
	for range 100 {
		last = watch(t, d.url+path, bearer(reader)...)
	}
	d.request(t, http.MethodGet, path, "", bearer(reader)...).problem(t, http.StatusTooManyRequests)
	last.res.Body.Close()
	within(t, "room for a stream", func() bool {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.url+path, nil)
		must(t, err)
		req.Header.Set("Authorization", "Bearer "+reader)
		res, err := http.DefaultClient.Do(req)
		must(t, err)
		defer res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

func TestBodies_ofStrangersAreNotWaitedFor(t *testing.T) {
	t.Parallel()
	d := openDoor(t, storetest.New(t), api.Config{BodyTime: time.Hour})
	const slow = "Host: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
	var conns []net.Conn
	for range 150 { // fewer than one address may send at once
		conns = append(conns, d.dial(t, "POST /api/v1/integrations HTTP/1.1\r\n"+slow))
	}
	for _, conn := range conns {
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != http.StatusUnauthorized || !res.Close {
			t.Errorf("%s, closes: %t; want 401 and the end of the connection", res.Status, res.Close)
		}
	}
	d.hungUp(t, "connections of strangers")
}

func TestBodies_thatDoNotComeEnd(t *testing.T) {
	t.Parallel()
	d := openDoor(t, storetest.New(t), api.Config{BodyTime: 300 * time.Millisecond})
	admin, _ := d.token(t, "admin", models.RoleAdmin)
	for name, request := range map[string]string{
		"signing in":          "POST /api/v1/session HTTP/1.1\r\nContent-Length: 1000\r\n",
		"an admin's":          "POST /api/v1/integrations HTTP/1.1\r\nAuthorization: Bearer " + admin + "\r\nContent-Length: 1000\r\n",
		"in chunks":           "POST /api/v1/integrations HTTP/1.1\r\nAuthorization: Bearer " + admin + "\r\nTransfer-Encoding: chunked\r\n",
		"nobody asked for":    "GET /api/v1/providers HTTP/1.1\r\nAuthorization: Bearer " + admin + "\r\nContent-Length: 1000\r\n",
		"of no operation":     "POST /healthz HTTP/1.1\r\nContent-Length: 1000\r\n",
		"of a health check":   "GET /healthz HTTP/1.1\r\nContent-Length: 1000\r\n",
		"that is waited with": "POST /api/v1/session HTTP/1.1\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n",
	} {
		conn := d.dial(t, request+"Host: localhost\r\nContent-Type: application/json\r\n\r\n")
		must(t, conn.SetReadDeadline(time.Now().Add(30*time.Second)))
		if _, err := io.Copy(io.Discard, conn); err != nil && !errors.Is(err, io.EOF) && !strings.Contains(err.Error(), "reset") {
			t.Errorf("a body %s: %v", name, err)
		}
	}
	d.hungUp(t, "bodies that do not come")
}

// TestBodies_thatCameDoNotEndTheirRequest: a deadline that is left behind would be
// taken for a caller who leaves.
func TestBodies_thatCameDoNotEndTheirRequest(t *testing.T) {
	t.Parallel()
	const bodyTime = 50 * time.Millisecond
	late := &lateTemporal{until: 4 * bodyTime}
	d := openDoor(t, storetest.New(t), api.Config{Dev: true, Temporal: late, BodyTime: bodyTime})
	late.fakeTemporal.update = func(string, []any) (any, error) { return nil, nil }
	d.request(t, http.MethodPost, testPath, `{"token":"x"}`)
	if late.left.Load() {
		t.Error("the caller was taken for gone while it waited")
	}
}

// lateTemporal takes some time for an update, and notices when its caller leaves.
type lateTemporal struct {
	fakeTemporal
	until time.Duration
	left  atomic.Bool
}

func (l *lateTemporal) UpdateWithStartWorkflow(ctx context.Context, o client.UpdateWithStartWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	select {
	case <-ctx.Done():
		l.left.Store(true)
	case <-time.After(l.until):
	}
	return l.fakeTemporal.UpdateWithStartWorkflow(ctx, o)
}
