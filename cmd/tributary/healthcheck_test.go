package main

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tributary/api/problem"
)

func TestHealthcheck_asksWhetherTheAPIIsReady(t *testing.T) {
	ready := http.StatusServiceUnavailable
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			w.WriteHeader(http.StatusOK) // it lives
			return
		}
		w.WriteHeader(ready)
		_, _ = w.Write([]byte(`{"code":"worker_down","detail":"No worker polls the task queue ingest."}`))
	}))
	t.Cleanup(server.Close)
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(server.URL, "http://"))
	for _, listen := range []string{"127.0.0.1:", "0.0.0.0:", ":", "[::]:", "localhost:"} {
		t.Setenv("TRIBUTARY_LISTEN", listen+port)
		ready = http.StatusServiceUnavailable
		var missing *problem.Problem
		if got := runCommand(t, "healthcheck"); !errors.As(got.err, &missing) || missing.Code != "worker_down" || codeOfExit(got.err) != 1 {
			t.Errorf("%s: without a worker it ends with %v", listen, got.err)
		}
		ready = http.StatusOK
		if got := runCommand(t, "healthcheck"); got.err != nil {
			t.Errorf("%s: with everything it ends with %v", listen, got.err)
		}
	}
}
