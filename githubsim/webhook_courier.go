package githubsim

import (
	"cmp"
	"container/heap"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// How GitHub delivers.
const (
	deliveryDeadline = 10 * time.Second   // to answer in
	deliveriesKept   = 3 * 24 * time.Hour // in the log
	largestPayload   = 25 << 20           // above, nothing is sent
)

// What is held by default; see HookRules.
const (
	usualConcurrency = 8
	usualWaiting     = 64 << 20
	usualLogged      = 128 << 20
	answerKept       = 4 << 10 // of what a receiver answers
)

// patience is how long a reordered delivery waits for others to overtake it.
const patience = 100 * time.Millisecond

// courier takes deliveries out of the world's hands. It has a lock of its own, which may be taken while Sim.mu is held
// and never the other way around; nothing is sent while either is held.
type courier struct {
	sim   *Sim
	rules HookRules
	ctx   context.Context // ends with Close
	stop  context.CancelFunc

	secure, insecure http.RoundTripper

	mu      sync.Mutex
	changed *sync.Cond // a delivery was sent
	ready   parcels    // by place
	later   parcels    // by due time
	waiting int        // bytes in both
	handed  int64      // how many were handed over: the place of the next
	running int
	held    bool // nothing leaves by itself
	forced  int  // calls of Deliver
	closed  bool
	timer   *time.Timer
	faults  DeliveryFaults
	random  *rand.Rand

	log      []*delivery // oldest first
	logged   int         // bytes
	lastID   int64
	lastGUID int64
	last     map[int64]hookResponse // by hook
}

// hookResponse is what became of a hook's latest delivery.
type hookResponse struct {
	code            int
	status, message string
}

// parcel is a delivery on its way.
type parcel struct {
	hook      *Hook
	request   HookRequest
	insecure  bool
	payload   *payload
	record    delivery
	place     float64 // in the order of those that are ready
	bytes     int     // of the payload, as it waits
	due       time.Time
	unlogged  bool // a copy, which the log has already
	lost      bool // it is logged and never sent
	throttled bool
}

func newCourier(s *Sim, rules HookRules) *courier {
	c := &courier{
		sim: s, rules: rules, secure: newHookTransport(false), insecure: newHookTransport(true), last: map[int64]hookResponse{},
		lastID: 150_000_000_000 + s.config.Seed%1000*10_000,
	}
	c.rules.Concurrency = cmp.Or(rules.Concurrency, usualConcurrency)
	c.rules.Waiting, c.rules.Logged = cmp.Or(rules.Waiting, usualWaiting), cmp.Or(rules.Logged, usualLogged)
	c.changed = sync.NewCond(&c.mu)
	c.ctx, c.stop = context.WithCancel(context.Background())
	return c
}

func newHookTransport(insecure bool) *http.Transport {
	return &http.Transport{
		DialContext:         (&net.Dialer{Timeout: deliveryDeadline}).DialContext,
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: insecure}, // as insecure_ssl says
		MaxIdleConnsPerHost: 64, IdleConnTimeout: 10 * time.Second,
	}
}

// Close ends deliveries: those under way are broken off, those that wait are forgotten, and new ones are not made.
func (s *Sim) Close() {
	c := s.courier
	c.mu.Lock()
	c.closed = true
	c.ready, c.later, c.waiting = nil, nil, 0
	if c.timer != nil {
		c.timer.Stop()
	}
	c.stop()
	for c.running > 0 {
		c.changed.Wait()
	}
	c.mu.Unlock()
	c.secure.(*http.Transport).CloseIdleConnections()
	c.insecure.(*http.Transport).CloseIdleConnections()
}

// HoldDeliveries keeps deliveries back until Deliver, or until they are not held any more.
func (s *Sim) HoldDeliveries(held bool) {
	c := s.courier
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = held
	c.kick()
}

// Deliver sends all deliveries that are due by the world's clock, held ones too, and waits until they were answered
// or failed. With a clock of one's own it is what notices that time has passed.
func (s *Sim) Deliver(ctx context.Context) error {
	c := s.courier
	defer context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.changed.Broadcast()
	})()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forced++
	defer func() { c.forced-- }()
	for ctx.Err() == nil && !c.closed {
		c.handed += furthest + 1 // nobody waits for others any more
		c.kick()
		if c.running == 0 && len(c.ready) == 0 {
			return nil
		}
		c.changed.Wait()
	}
	return ctx.Err()
}

// Undelivered is how many deliveries wait or are under way.
func (s *Sim) Undelivered() int {
	c := s.courier
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.ready) + len(c.later) + c.running
}

// hand takes deliveries over, with whatever the faults do to them.
func (c *courier) hand(ps ...*parcel) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	for _, p := range ps {
		if p.record.GUID == "" {
			c.lastGUID++
			p.record.GUID = c.guid(c.lastGUID)
		}
		p.request.GUID = p.record.GUID
		for _, spoiled := range c.spoil(p) {
			c.enqueue(spoiled)
		}
	}
	c.kick()
}

// guid has the form of GitHub's, and is the same for the same seed.
func (c *courier) guid(n int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d/delivery/%d", c.sim.config.Seed, n))
	text := hex.EncodeToString(sum[:])
	return text[:8] + "-" + text[8:12] + "-11ef-" + text[12:16] + "-" + text[16:28]
}

func (c *courier) enqueue(p *parcel) {
	c.handed++
	p.place += float64(c.handed)
	p.bytes = p.payload.size()
	late := p.due.After(c.sim.config.Now())
	if p.throttled = c.waiting+p.bytes > c.rules.Waiting; late || p.throttled {
		p.bytes = p.payload.pack()
	}
	c.waiting += p.bytes
	if late {
		heap.Push(&c.later, p)
	} else {
		p.due = time.Time{}
		heap.Push(&c.ready, p)
	}
}

// kick starts what may start. Callers hold mu.
func (c *courier) kick() {
	if c.closed {
		return
	}
	now := c.sim.config.Now()
	for len(c.later) > 0 && !c.later[0].due.After(now) {
		p := heap.Pop(&c.later).(*parcel)
		p.due = time.Time{}
		heap.Push(&c.ready, p)
	}
	if c.held && c.forced == 0 {
		return
	}
	for c.running < c.rules.Concurrency && c.mayLeave() {
		c.running++
		go c.run(heap.Pop(&c.ready).(*parcel))
	}
	c.setTimer(now)
}

// mayLeave says whether the first of those that are ready has let others overtake it, if that is its fate.
func (c *courier) mayLeave() bool { return len(c.ready) > 0 && c.ready[0].place <= float64(c.handed) }

// setTimer looks again when one is due, or when nobody came to overtake.
func (c *courier) setTimer(now time.Time) {
	wait := time.Duration(0)
	switch {
	case len(c.ready) > 0 && !c.mayLeave():
		wait = patience
	case len(c.later) > 0:
		wait = min(max(c.later[0].due.Sub(now), time.Millisecond), time.Second) // a clock of the world's own may jump
	default:
		return
	}
	if c.timer != nil {
		c.timer.Stop()
	}
	c.timer = time.AfterFunc(wait, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.ready) > 0 && !c.mayLeave() {
			c.handed += furthest + 1
		}
		c.kick()
	})
}

// run sends a delivery, and then others for as long as there are any.
func (c *courier) run(p *parcel) {
	for p != nil {
		c.send(p)
		packed := p.payload.pack()
		c.mu.Lock()
		c.file(p, packed)
		c.waiting -= p.bytes
		p = nil
		if c.mayLeave() && !c.closed && (!c.held || c.forced > 0) {
			p = heap.Pop(&c.ready).(*parcel)
		} else {
			c.running--
			c.kick()
		}
		c.changed.Broadcast()
		c.mu.Unlock()
	}
}

// send posts a delivery and notes what became of it. Nothing is locked meanwhile.
func (c *courier) send(p *parcel) {
	d := &p.record
	d.DeliveredAt = c.sim.now()
	if p.throttled {
		d.ThrottledAt = d.DeliveredAt
	}
	if c.rules.SignWhenSent {
		spec := p.hook.Spec()
		p.request.Secret = spec.Secret
	}
	p.request.Payload = p.payload.json()
	request, err := p.request.build(c.ctx)
	if err != nil {
		d.Status, d.StatusCode = "failed to connect", http.StatusBadGateway
		return
	}
	d.sent = request.Header
	if p.lost || p.throttled {
		d.Status, d.StatusCode = "failed to connect", http.StatusBadGateway
		return
	}
	began := time.Now()
	c.post(request, p.insecure, d)
	d.Took = time.Since(began)
}

func (c *courier) post(request *http.Request, insecure bool, d *delivery) {
	ctx, cancel := context.WithTimeout(request.Context(), deliveryDeadline)
	defer cancel()
	transport := c.secure
	if insecure {
		transport = c.insecure
	}
	response, err := transport.RoundTrip(request.WithContext(ctx))
	if err == nil {
		defer response.Body.Close()
		var answer []byte
		if answer, err = io.ReadAll(io.LimitReader(response.Body, answerKept)); err == nil {
			d.answered, d.answer, d.StatusCode = response.Header, string(answer), response.StatusCode
		}
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		d.Status, d.StatusCode = "timed out", http.StatusGatewayTimeout
	case err != nil:
		d.Status, d.StatusCode = "failed to connect", http.StatusBadGateway
	case d.StatusCode >= 200 && d.StatusCode < 300:
		d.Status = "OK"
	default:
		d.Status = fmt.Sprintf("Invalid HTTP Response: %d", d.StatusCode)
	}
}

// file writes a delivery into the log. Callers hold mu.
func (c *courier) file(p *parcel, bytes int) {
	if p.unlogged || c.closed {
		return
	}
	d := p.record
	c.lastID++
	d.ID, d.payload, d.bytes = c.lastID, p.payload, bytes
	c.last[d.HookID] = d.response()
	c.log = append(c.log, &d)
	c.logged += bytes
	for len(c.log) > 1 && (c.logged > c.rules.Logged || d.DeliveredAt.Sub(c.log[0].DeliveredAt) > deliveriesKept) {
		c.logged -= c.log[0].bytes
		c.log[0], c.log = nil, c.log[1:]
	}
}

func (c *courier) lastResponse(h *Hook) hookResponse {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last[h.ID]
}

// deliveriesOf are the deliveries of a hook that the log still has, newest first.
func (c *courier) deliveriesOf(h *Hook, now time.Time) []*delivery {
	c.mu.Lock()
	defer c.mu.Unlock()
	var rows []*delivery
	for _, d := range slices.Backward(c.log) {
		if d.HookID == h.ID && now.Sub(d.DeliveredAt) <= deliveriesKept {
			rows = append(rows, d)
		}
	}
	return rows
}

// parcels is a heap: those that are due at a time by it, all others by place.
type parcels []*parcel

func (q parcels) Len() int { return len(q) }
func (q parcels) Less(i, j int) bool {
	if byTime := q[i].due.Compare(q[j].due); byTime != 0 {
		return byTime < 0
	}
	return q[i].place < q[j].place
}
func (q parcels) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *parcels) Push(x any)   { *q = append(*q, x.(*parcel)) }
func (q *parcels) Pop() any {
	last := len(*q) - 1
	x := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return x
}
