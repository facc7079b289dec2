package door

import (
	"io"
	"net/http"
	"time"
)

// What a caller gets unless the configuration says otherwise: bodies are short,
// and a caller that reads at all takes a piece of an answer within seconds.
const (
	bodyTime = 5 * time.Second
	takeTime = 30 * time.Second
)

// farewell is how long a refused request may go on sending its body. Callers that
// send it fast see the answer and no broken connection.
const farewell = time.Second

// pieceOfAnswer is how much a caller has to take within one TakeTime.
const pieceOfAnswer = 64 << 10

// incoming is a body that is being sent. If it breaks off, it reports a timeout,
// which huma does not take for a failure of ours.
type incoming struct {
	io.ReadCloser
	expected bool // not all of it has come
}

// receive lets a body take only so long. Without one nothing is set: net/http is
// already reading, to see the caller leave, and would take the deadline for that.
func (d *Door) receive(w http.ResponseWriter, r *http.Request) *incoming {
	body := &incoming{ReadCloser: r.Body, expected: r.ContentLength != 0}
	if body.expected {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(d.BodyTime)) // the connection's own clock
	}
	return body
}

func (b *incoming) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		b.expected = false
	} else if err != nil {
		err = brokenOff{err}
	}
	return n, err
}

// brokenOff is a net.Error.
type brokenOff struct{ error }

func (brokenOff) Timeout() bool   { return true }
func (brokenOff) Temporary() bool { return false }

// statusWriter remembers the status for the access log, and gives each piece of
// an answer its own deadline: a long one may take as long as the caller reads it.
type statusWriter struct {
	http.ResponseWriter
	status   int
	body     *incoming
	takeTime time.Duration
}

func (w *statusWriter) WriteHeader(status int) {
	w.begin(status)
	w.renew()
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (written int, err error) {
	w.begin(http.StatusOK)
	for first := true; err == nil && (first || len(p) > written); first = false {
		var n int
		w.renew()
		n, err = w.ResponseWriter.Write(p[written:min(len(p), written+pieceOfAnswer)])
		written += n
	}
	return written, err
}

// begin notes the status. A request that is refused before its body has come is
// answered at once, and its connection is over: net/http would first read on.
func (w *statusWriter) begin(status int) {
	if w.status != 0 {
		return
	}
	w.status = status
	if status >= http.StatusBadRequest && w.body.expected {
		w.Header().Set("Connection", "close")
		_ = http.NewResponseController(w.ResponseWriter).SetReadDeadline(time.Now().Add(farewell))
	}
}

func (w *statusWriter) renew() {
	_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(time.Now().Add(w.takeTime))
}

// Flush lets gin find a Flusher, which event streams need.
func (w *statusWriter) Flush() {
	w.renew()
	_ = http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController find the deadlines.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
