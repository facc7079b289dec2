package github_test

import (
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"tributary/github"
	"tributary/githubsim"
)

func TestClock_tellsTimeWithoutACredential(t *testing.T) {
	t.Parallel()
	sim := githubsim.New(githubsim.Config{})
	server := httptest.NewServer(sim)
	host, err := github.NewHost(github.Config{APIURL: server.URL + "/"})
	if err != nil {
		t.Fatal(err)
	}
	at, err := host.Clock(t.Context())
	if off := time.Since(at); err != nil || off < -2*time.Second || off > 5*time.Second {
		t.Errorf("Clock = %s (%s ago), %v", at, off, err)
	}

	heal := sim.Fail(githubsim.Fault{Kind: githubsim.HTTPStatus, Status: 503})
	var refused *github.Error
	if _, err := host.Clock(t.Context()); !errors.As(err, &refused) || refused.Kind != github.ServerError || refused.Status != 503 {
		t.Errorf("while GitHub is down: %v", err)
	}
	heal()

	server.Close()
	if _, err := host.Clock(t.Context()); !errors.As(err, &refused) || refused.Kind != github.Unreachable {
		t.Errorf("while GitHub cannot be reached: %v", err)
	}
}
