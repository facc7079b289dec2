package door

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"tributary/api/problem"
)

// observe gives each request an id, logs how it ended, and turns a panic into
// an answer. It logs nothing that a caller can choose but the request id.
func (d *Door) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := d.Now()
		known := &request{id: r.Header.Get("X-Request-Id"), url: r.URL, address: remoteAddress(r, d.TrustedProxies), onlyHTTPS: d.knowsHTTPS(r)}
		known.https = known.onlyHTTPS || isHTTPS(r)
		if !aRequestID.MatchString(known.id) {
			known.id = rand.Text()
		}
		w.Header().Set("X-Request-Id", known.id)
		r = r.WithContext(withRequest(r.Context(), known))
		body := d.receive(w, r)
		r.Body = body
		answer := &statusWriter{ResponseWriter: w, body: body, takeTime: d.TakeTime}
		defer func() {
			cause := recover()
			if cause != nil && cause != http.ErrAbortHandler {
				d.recovered(answer, r, cause)
			}
			took := d.Now().Sub(began)
			d.Metrics.Answered(methodOf(r), known.pattern, answer.status, took)
			d.logRequest(r, known, answer.status, took)
			if cause == http.ErrAbortHandler {
				panic(cause) // net/http cuts the answer off
			}
		}()
		next.ServeHTTP(answer, r)
	})
}

// logRequest says what was asked, by whom. Whoever watches over us asks every few seconds: only what they do not
// like to hear is worth a line.
func (d *Door) logRequest(r *http.Request, known *request, status int, took time.Duration) {
	if status < http.StatusBadRequest && (known.pattern == ReadyPath || known.pattern == HealthPath) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", methodOf(r)), slog.String("route", known.pattern), slog.Int("status", status),
		slog.Float64("seconds", took.Seconds()), slog.String("request_id", known.id),
	}
	if known.actor != nil {
		attrs = append(attrs, slog.String("actor", cmp.Or(known.actor.name, known.actor.id)))
	}
	d.Logger.LogAttrs(r.Context(), slog.LevelInfo, "request", attrs...)
}

// methodOf is the method if HTTP knows it: a caller can send any word as one.
func methodOf(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "other"
}

// recovered answers a request whose handler panicked, unless the answer has
// begun or the caller has left.
func (d *Door) recovered(w *statusWriter, r *http.Request, cause any) {
	if r.Context().Err() != nil {
		return
	}
	d.Logger.ErrorContext(r.Context(), "request panicked", "cause", cause, "request_id", RequestID(r.Context()), "stack", string(debug.Stack()))
	if w.status == 0 {
		WriteProblem(w, r, problem.New(problem.Internal, ""))
	}
}

// notePattern tells the access log which route took the request.
func notePattern(g *gin.Context) {
	if known, ok := g.Request.Context().Value(requestKey{}).(*request); ok {
		known.pattern = g.FullPath()
	}
}

// wholeQuery refuses a query if a part of it cannot be read. net/url leaves that
// part out, and without a filter a list shows everything.
func wholeQuery(g *gin.Context) {
	if _, err := url.ParseQuery(g.Request.URL.RawQuery); err != nil {
		WriteProblem(g.Writer, g.Request, problem.Invalid("query", "expected name=value, with & between and % before what is escaped"))
		g.Abort()
	}
}

// WriteJSON encodes an answer before it writes the first byte. One that cannot be
// encoded is a defect of ours, and its status can still be 500.
func WriteJSON(w io.Writer, body any) error {
	var whole bytes.Buffer
	if err := huma.DefaultJSONFormat.Marshal(&whole, body); err != nil {
		panic(fmt.Errorf("encode answer: %w", err)) // huma would answer 200 with these words
	}
	_, err := w.Write(whole.Bytes())
	return err
}
