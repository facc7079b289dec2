package api

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestObserve_logsTheRouteAndNothingTheCallerChose(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := &server{Config: Config{Now: time.Now, Logger: slog.New(slog.NewJSONHandler(&log, nil))}}
	engine := s.engine()
	for _, target := range []string{"/healthz?token=ghp_secret", "/ghp_secret"} {
		log.Reset()
		w := httptest.NewRecorder()
		s.observe(engine).ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
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
	s := &server{Config: Config{Now: time.Now, Logger: slog.New(slog.NewJSONHandler(&log, nil))}}
	w := httptest.NewRecorder()
	s.observe(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("of the inside") })).
		ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "inside") || !strings.Contains(w.Body.String(), `"code":"internal"`) {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "of the inside") || !strings.Contains(log.String(), "requests_test.go") {
		t.Errorf("log lacks the cause or the stack: %s", log.String())
	}
}
