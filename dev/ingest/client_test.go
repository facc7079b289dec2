package ingest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestClient_saysNothingOfTheAPIToPeople(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"a problem": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusUnprocessableEntity)
			_, _ = io.WriteString(w, `{"code":"invalid","detail":"what was sent is not right","errors":[{"location":"body.token","message":"expected length <= 255"}]}`)
		},
		"no problem": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
		"no answer":  func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		server := httptest.NewServer(answer)
		t.Cleanup(server.Close)
		c := &client{url: server.URL, http: server.Client()}
		err := c.post(t.Context(), "/connections/github/token/test", map[string]string{}, nil)
		if err == nil || strings.Contains(err.Error(), "/api/v1") || strings.Contains(err.Error(), "connections") || strings.Contains(strings.ToLower(err.Error()), "post") || strings.Contains(err.Error(), "body.") {
			t.Errorf("%s: %v, want an error without the request", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (&client{url: "http://127.0.0.1:1", http: &http.Client{}}).get(ctx, "/syncs", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("an interruption is %v", err)
	}
}
