package api_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"tributary/api"
	"tributary/store/storetest"
)

// mostHeap is what the odd callers may make the process hold at any time, in
// megabytes, beside what it held before.
const mostHeap = 400

// TestFuzz_oddCallersHoldLittleAndAreGoneInTheEnd lets callers who send byte by
// byte, who do not read, and who send far too much come beside ordinary ones. It
// runs alone: it looks at the memory of the process.
func TestFuzz_oddCallersHoldLittleAndAreGoneInTheEnd(t *testing.T) {
	f, w := newFuzz(t, uint64(setting(t, "TRIBUTARY_FUZZ_SEED", 1))), newWorld(t, true, false)
	w.temporal.calm = true
	w.temporal.begin(rand.New(rand.NewPCG(f.seed, 1)), nil)
	db := storetest.Open(t, w.url)
	comments(t, db, 300)
	d := openDoor(t, db, api.Config{
		Dev: true, Temporal: w.temporal, Heartbeat: 10 * time.Millisecond, HookTime: 20 * time.Millisecond, BodyTime: 200 * time.Millisecond, TakeTime: 500 * time.Millisecond,
		Methods: methods(t, oauthApp()), PublicURL: publicURL,
	})
	w.address = d.address
	o := &oddCallers{fuzz: f, world: w, door: d}
	before := heap()
	stopped, most := make(chan struct{}), make(chan uint64)
	go watchHeap(stopped, most)
	var all sync.WaitGroup
	for number := range 8 {
		all.Go(func() { o.come(t, number, setting(t, "TRIBUTARY_FUZZ_REQUESTS", 5_000)/1_250) })
	}
	all.Wait()
	close(stopped)
	grown := int(<-most>>20) - int(before>>20)
	t.Logf("the heap grew by %d MB at most; callers: %v", grown, o.counts)
	if grown > mostHeap {
		t.Errorf("the heap grew by %d MB, want %d at most", grown, mostHeap)
	}
	for _, conn := range o.kept {
		conn.Close()
	}
	d.hungUp(t, "all callers")
	if log := d.log.String(); strings.Contains(log, "panic") {
		t.Errorf("something panicked:\n%s", linesWith(log, "panic"))
	}
}

func watchHeap(stopped <-chan struct{}, most chan<- uint64) {
	highest := uint64(0)
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		highest = max(highest, m.HeapInuse)
		select {
		case <-tick.C:
		case <-stopped:
			tick.Stop()
			most <- highest
			return
		}
	}
}

type oddCallers struct {
	*fuzz
	world *world
	door  served

	mu     sync.Mutex
	kept   []net.Conn // of those who neither read nor leave
	counts map[string]int
}

// come sends rounds of callers of each kind.
func (o *oddCallers) come(t *testing.T, number, rounds int) {
	c := caller{address: o.door.address}
	defer c.hangUp()
	for round := range rounds {
		random := rand.New(rand.NewPCG(o.seed, uint64(number*rounds+round)))
		g := &generator{schemas: o.schemas, Rand: random, world: o.world}
		o.ordinary(t, g, &c)
		o.slow(t, g)
		o.unread(t, g)
		o.huge(t, g)
	}
}

func (o *oddCallers) next(g *generator, kind string) rawRequest {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.counts == nil {
		o.counts = map[string]int{}
	}
	o.counts[kind]++
	return g.request(o.operation(g))
}

func (o *oddCallers) ordinary(t *testing.T, g *generator, c *caller) {
	r := o.next(g, "ordinary")
	answer, err := c.send(r)
	o.mu.Lock()
	defer o.mu.Unlock()
	if wrong := o.check(o.world, r, answer, err); len(wrong) > 0 {
		t.Errorf("%s\n\t%.300q\n\t%s", strings.Join(wrong, "; "), r.bytes(), shown(answer))
	}
}

// slow sends a part of a request byte by byte and then waits: it is the server
// that has to end it.
func (o *oddCallers) slow(t *testing.T, g *generator) {
	r := o.next(g, "slow")
	r.cutOff, r.body = true, append(r.body, '{')
	conn, err := net.Dial("tcp", o.door.address)
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	text := r.bytes()
	head := strings.Index(string(text), "\r\n\r\n") + 4
	if _, err := conn.Write(text[:head]); err != nil {
		t.Error(err)
		return
	}
	for _, b := range text[head:min(len(text), head+200)] {
		if _, err := conn.Write([]byte{b}); err != nil {
			break // it was refused already
		}
	}
	o.isEnded(t, conn, r)
}

// isEnded reads an answer and waits for the end of its connection. Of an event
// stream there is no end; its caller leaves.
func (o *oddCallers) isEnded(t *testing.T, conn net.Conn, r rawRequest) {
	if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Error(err)
		return
	}
	reader := bufio.NewReader(conn)
	res, err := http.ReadResponse(reader, &http.Request{Method: r.method})
	if err == nil && res.StatusCode == http.StatusContinue {
		res, err = http.ReadResponse(reader, &http.Request{Method: r.method})
	}
	if err == nil && strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		return
	}
	if err == nil && res.StatusCode == http.StatusInternalServerError {
		t.Errorf("a failure of our own: %.300q", r.bytes())
	}
	if err == nil {
		_, err = io.Copy(io.Discard, reader)
	}
	if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
		t.Errorf("the connection is still open after 20 seconds: %.300q", r.bytes())
	}
}

// unread asks for much, or for a stream, and reads nothing.
func (o *oddCallers) unread(t *testing.T, g *generator) {
	o.next(g, "unread")
	o.mu.Lock()
	events := "/integrations/" + textOf(o.world.known["integrations"][0]) + "/events"
	o.mu.Unlock()
	path := pick(g.Rand, "/pr-comments?format=csv", "/pr-comments?limit=200", events)
	conn, err := net.Dial("tcp", o.door.address)
	if err != nil {
		t.Error(err)
		return
	}
	if _, err := fmt.Fprintf(conn, "GET /api/v1%s HTTP/1.1\r\nHost: localhost\r\n\r\n", path); err != nil {
		t.Error(err)
	}
	o.mu.Lock()
	o.kept = append(o.kept, conn)
	o.mu.Unlock()
}

// huge sends more than anybody needs, of one thing. It is refused, or ignored
// where it means nothing.
func (o *oddCallers) huge(t *testing.T, g *generator) {
	o.next(g, "huge")
	const head = "Host: localhost\r\nContent-Type: application/json\r\n"
	text := pick(g.Rand,
		"POST /api/v1/integrations HTTP/1.1\r\n"+head+"Content-Length: 8000000\r\n\r\n"+strings.Repeat(" ", 8_000_000),
		"POST /api/v1/session HTTP/1.1\r\n"+head+"Transfer-Encoding: chunked\r\n\r\n"+strings.Repeat("ffff\r\n"+strings.Repeat("[", 0xffff)+"\r\n", 100),
		"GET /healthz HTTP/1.1\r\n"+head+"X-Long: "+strings.Repeat("x", 1<<20)+"\r\n\r\n",
		"GET /healthz HTTP/1.1\r\n"+head+strings.Repeat("Cookie: a=b\r\n", 100_000)+"\r\n",
		"GET /api/v1/commits?author="+strings.Repeat("x", 1<<20)+" HTTP/1.1\r\n"+head+"\r\n",
		"GET /api/v1/commits?"+strings.Repeat("limit=1&", 100_000)+" HTTP/1.1\r\n"+head+"\r\n",
		"GET /api/v1/commits?"+strings.Repeat("x=1&", 3_000)+" HTTP/1.1\r\n"+head+"\r\n",
		"GET /"+strings.Repeat("a/", 500_000)+" HTTP/1.1\r\n"+head+"\r\n",
	)
	conn, err := net.Dial("tcp", o.door.address)
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = io.WriteString(conn, text) // the server may hang up instead of reading on
	}()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err == nil && (res.StatusCode < 400 || res.StatusCode > 499) {
		t.Errorf("%s for %.60q…", res.Status, text)
	}
	conn.Close()
	<-sent
}
