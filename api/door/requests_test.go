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
	d.Engine.GET(HealthPath, func(g *gin.Context) { g.Status(http.StatusOK) })
	for _, target := range []string{"/healthz?token=ghp_secret", "/ghp_secret"} {
		log.Reset()
		w := httptest.NewRecorder()
		d.observe(d.Engine).ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
		var line struct {
			Method, Route string
			Status        int
			Duration      *int64
			RequestID     string `json:"request_id"`
		}
		if err := json.Unmarshal(log.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		if line.Method != http.MethodGet || line.Status != w.Code || line.Duration == nil || line.RequestID != w.Header().Get("X-Request-Id") {
			t.Errorf("log line of %s: %s", target, log.String())
		}
		if strings.Contains(log.String(), "ghp_secret") || strings.HasPrefix(target, "/healthz") != (line.Route == "/healthz") {
			t.Errorf("log line of %s: %s", target, log.String())
		}
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
