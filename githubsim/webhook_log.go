package githubsim

import (
	"bytes"
	"compress/flate"
	"io"
	"net/http"
	"sync"
	"time"
)

// Delivery is what GitHub's log tells of a delivery.
type Delivery struct {
	ID             int64
	GUID           string
	HookID         int64
	Event          string
	Action         string
	DeliveredAt    time.Time
	ThrottledAt    time.Time // zero: it was not
	Redelivery     bool
	Took           time.Duration
	Status         string // OK, or why not
	StatusCode     int
	InstallationID int64
	RepositoryID   int64
	URL            string
}

// OK says whether the receiver took the delivery.
func (d Delivery) OK() bool { return d.Status == "OK" }

// delivery is a delivery with what was sent and answered.
type delivery struct {
	Delivery
	payload  *payload
	bytes    int
	sent     http.Header
	answered http.Header
	answer   string
}

// response is what a hook says of its latest delivery. The documents name no value of status but unused and active.
func (d *delivery) response() hookResponse {
	switch {
	case d.OK():
		return hookResponse{d.StatusCode, "active", "OK"}
	case d.answered == nil && d.StatusCode == http.StatusGatewayTimeout:
		return hookResponse{d.StatusCode, "timeout", d.Status}
	}
	return hookResponse{d.StatusCode, "misconfigured", d.Status}
}

// Deliveries are what the log still has of the hook's deliveries, newest first.
func (h *Hook) Deliveries() []Delivery {
	var rows []Delivery
	for _, d := range h.sim.courier.deliveriesOf(h, h.sim.config.Now()) {
		rows = append(rows, d.Delivery)
	}
	return rows
}

// Redeliver sends a delivery again, as somebody can on GitHub's website; false: the log has none of this id.
func (h *Hook) Redeliver(id int64) bool {
	h.sim.mu.RLock()
	defer h.sim.mu.RUnlock()
	d := h.logged(id)
	if d != nil {
		h.redeliver(d)
	}
	return d != nil
}

// Request is a delivery of the log as it was sent; sending it again is a replay, of which GitHub knows nothing.
func (h *Hook) Request(id int64) (request HookRequest, found bool) {
	h.sim.mu.RLock()
	defer h.sim.mu.RUnlock()
	if d := h.logged(id); d != nil {
		request = h.request(d.Event, d.payload.json())
		request.GUID, request.URL, found = d.GUID, d.URL, true
	}
	return request, found
}

func (h *Hook) logged(id int64) *delivery {
	for _, d := range h.sim.courier.deliveriesOf(h, h.sim.config.Now()) {
		if d.ID == id {
			return d
		}
	}
	return nil
}

// redeliver sends what was sent before with the hook's present URL and secret, whether it is active or not.
func (h *Hook) redeliver(d *delivery) {
	p := h.parcel(d.Event, d.Action, d.payload)
	p.record.GUID, p.record.Redelivery = d.GUID, true
	p.record.InstallationID, p.record.RepositoryID = d.InstallationID, d.RepositoryID
	h.sim.courier.hand(p)
}

// payload is JSON that several deliveries share. What was sent, or has to wait, is kept packed: URLs repeat a lot.
type payload struct {
	mu     sync.Mutex
	raw    []byte
	packed []byte
}

// packers are reused: each has tables of some hundred kilobytes.
var packers = sync.Pool{New: func() any {
	w, _ := flate.NewWriter(nil, flate.BestSpeed) // the level is a valid one
	return w
}}

// pack lets go of the text and returns how many bytes are left.
func (p *payload) pack() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.packed == nil {
		var b bytes.Buffer
		w := packers.Get().(*flate.Writer)
		w.Reset(&b)
		w.Write(p.raw) // a buffer takes everything
		w.Close()
		packers.Put(w)
		p.packed, p.raw = bytes.Clone(b.Bytes()), nil
	}
	return len(p.packed)
}

func (p *payload) size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(len(p.raw), len(p.packed))
}

func (p *payload) json() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.raw != nil {
		return p.raw
	}
	raw, _ := io.ReadAll(flate.NewReader(bytes.NewReader(p.packed))) // what pack has written
	return raw
}
