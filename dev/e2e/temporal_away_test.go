package e2e_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tributary/api"
	"tributary/api/problem"
	"tributary/dev/stack"
	"tributary/dev/temporal"
	"tributary/dev/temporal/temporaltest"
	"tributary/store/storetest"
)

// TestTemporalAway_isSaidAtOnceAndForgotten stops Temporal under an API and a worker that go
// on. Without a look at its health the SDK asks for as long as a person waits for GitHub.
func TestTemporalAway_isSaidAtOnceAndForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	config := stack.TemporalConfig(stack.Config{
		Directory: t.TempDir(), TemporalAddress: freeAddress(t), TemporalUI: anyPort, Logger: slog.New(slog.DiscardHandler),
	})
	start := func() *temporal.Server {
		t.Helper()
		server, err := temporal.Start(t.Context(), config)
		must(t, err)
		return server
	}
	server := start()
	t.Cleanup(func() { server.Stop() })
	p := &product{world: w, database: storetest.SQLiteURL(t), Stack: &stack.Stack{Temporal: temporaltest.Dial(t, server)}}
	p.Store = storetest.Open(t, p.database)
	handler, err := api.New(api.Config{Store: p.Store, Temporal: p.Temporal, Logger: slog.New(slog.DiscardHandler), Dev: true, Now: time.Now})
	must(t, err)
	front := httptest.NewServer(handler)
	t.Cleanup(front.Close)
	p.api = front.URL
	p.work(t, server, "1")
	test := func() string {
		answer, err := http.Post(p.api+"/api/v1/connections/github/token/test", "application/json", strings.NewReader(`{"token":"`+w.token()+`"}`))
		must(t, err)
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		must(t, err)
		return said(answer.StatusCode, body)
	}
	if got := test(); got != "200" {
		t.Fatalf("a token test is answered with %s", got)
	}

	server.Stop()
	for range 3 {
		began := time.Now()
		got, took := test(), time.Since(began)
		if t.Logf("without Temporal: %s after %s", got, took); got != "503 "+string(problem.TemporalDown) || took > 8*time.Second {
			t.Errorf("without Temporal a token test is answered with %s after %s", got, took)
		}
	}

	server = start()
	eventually(t, time.Minute, "a token is tested again", func() bool { return test() == "200" })
}
