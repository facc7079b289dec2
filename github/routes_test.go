package github_test

import (
	"context"
	"net/http"
	"testing"

	"tributary/github"
)

// A 404 of a resource that every GitHub has means that a proxy hides it, and not that a name is misspelled.
func TestClient_saysWhichRouteIsHidden(t *testing.T) {
	t.Parallel()
	client := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}`))
	})).client(t)
	for name, ask := range map[string]func(context.Context) error{
		"memberships":              func(ctx context.Context) error { _, err := client.Memberships(ctx, ""); return err },
		"a person's installations": func(ctx context.Context) error { _, err := client.UserInstallations(ctx, ""); return err },
	} {
		if got := refused(t, ask(t.Context())); got.Kind != github.NoRoute {
			t.Errorf("404 of %s is %s, want %s", name, got.Kind, github.NoRoute)
		}
	}
}
