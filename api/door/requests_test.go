package door

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

func newDoor(t *testing.T, log *bytes.Buffer) *Door {
	t.Helper()
	d, err := New(Config{Now: time.Now, Logger: slog.New(slog.NewJSONHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestObserve_logsTheRouteAndNothingTheCallerChose(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	d := newDoor(t, &log)
	d.Engine.GET("/items", func(g *gin.Context) {
		requestOf(g.Request.Context()).actor = &actor{id: "7", name: "ci"}
		g.Status(http.StatusOK)
	})
	for _, target := range []string{"/items?token=ghp_secret", "/ghp_secret"} {
		log.Reset()
		w := httptest.NewRecorder()
		d.observe(d.Engine).ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
		var line struct {
			Method, Route, Actor string
			Status               int
			Seconds              *float64
			RequestID            string `json:"request_id"`
		}
		if err := json.Unmarshal(log.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		if line.Method != http.MethodGet || line.Status != w.Code || line.Seconds == nil || line.RequestID != w.Header().Get("X-Request-Id") {
			t.Errorf("log line of %s: %s", target, log.String())
		}
		known := strings.HasPrefix(target, "/items")
		if strings.Contains(log.String(), "ghp_secret") || known != (line.Route == "/items") || known != (line.Actor == "ci") {
			t.Errorf("log line of %s: %s", target, log.String())
		}
	}
}

// TestObserve_isSilentAboutHealth: whoever watches asks every few seconds.
func TestObserve_isSilentAboutHealth(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	d := newDoor(t, &log)
	status := http.StatusOK
	d.Engine.GET(HealthPath, func(g *gin.Context) { g.Status(status) })
	for _, status = range []int{http.StatusOK, http.StatusServiceUnavailable} {
		d.observe(d.Engine).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, HealthPath, nil))
	}
	if n := strings.Count(log.String(), "\n"); n != 1 || !strings.Contains(log.String(), `"status":503`) {
		t.Errorf("%d lines, want that of the failure alone:\n%s", n, log.String())
	}
}

func TestObserve_answersAPanic(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	d := newDoor(t, &log)
	w := httptest.NewRecorder()
	d.observe(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("of the inside") })).
		ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "inside") || !strings.Contains(w.Body.String(), `"code":"internal"`) {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "of the inside") || !strings.Contains(log.String(), "requests_test.go") {
		t.Errorf("log lacks the cause or the stack: %s", log.String())
	}
}
