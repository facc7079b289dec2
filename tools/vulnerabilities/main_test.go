package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCheck_isNoFailureWhereTheDatabaseCannotBeReached(t *testing.T) {
	t.Parallel()
	silent := make(chan struct{})
	databases := map[string]*httptest.Server{
		"one that refuses":    httptest.NewServer(http.NotFoundHandler()),
		"one that is silent":  httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-silent })),
		"one that is nowhere": httptest.NewServer(http.NotFoundHandler()),
	}
	databases["one that is nowhere"].Close()
	for name, database := range databases {
		var said strings.Builder
		c := check{db: database.URL, patience: 50 * time.Millisecond, out: &said, govulncheck: func(context.Context, string, string) error {
			t.Errorf("%s: govulncheck runs", name)
			return nil
		}}
		if err := c.run(t.Context(), []string{"."}); err != nil || !strings.Contains(said.String(), "NOT checked") || !strings.Contains(said.String(), database.URL) {
			t.Errorf("%s: %v, said %q", name, err, said.String())
		}
	}
	close(silent)
	for _, database := range databases {
		database.Close()
	}
}

func TestCheck_failsForAnyModuleWithAVulnerability(t *testing.T) {
	t.Parallel()
	database := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/index/db.json" {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(database.Close)
	vulnerable := errors.New("exit status 3")
	var checked []string
	c := check{db: database.URL, patience: patience, out: t.Output(), govulncheck: func(_ context.Context, db, module string) error {
		checked = append(checked, module)
		if module == "tools" && db == database.URL {
			return vulnerable
		}
		return nil
	}}
	if err := c.run(t.Context(), []string{".", "tools", "dev"}); !errors.Is(err, vulnerable) || !strings.Contains(err.Error(), "tools") {
		t.Errorf("err = %v, want what was found in tools", err)
	}
	if want := []string{".", "tools", "dev"}; !slices.Equal(checked, want) {
		t.Errorf("checked are %q, want %q", checked, want)
	}
}
