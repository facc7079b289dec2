package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"tributary/githubsim"
)

func TestRun_announcesItselfAndStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	reader, writer := io.Pipe()
	o := options{listen: "127.0.0.1:0", org: "acme", token: "ghp_chosen", workload: githubsim.Workload{Commits: 3}}
	stopped := make(chan error, 1)
	go func() { stopped <- o.run(ctx, writer, slog.New(slog.DiscardHandler)) }()

	line, err := bufio.NewReader(reader).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var said announcement
	if err := json.Unmarshal(line, &said); err != nil || said.Token != "ghp_chosen" || said.Organization != "acme" {
		t.Fatalf("announced %s: %v", line, err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, said.URL+"/repos/acme/repository/commits", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+said.Token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var commits []any
	if err := json.NewDecoder(response.Body).Decode(&commits); err != nil || len(commits) != 3 {
		t.Errorf("%d commits: %v", len(commits), err)
	}
	stop()
	if err := <-stopped; err != nil {
		t.Errorf("stopped with %v", err)
	}
}

func TestRun_refusesAPathThatIsNoClone(t *testing.T) {
	t.Parallel()
	o := options{listen: "127.0.0.1:0", org: "acme", gits: []string{t.TempDir()}}
	if err := o.run(t.Context(), io.Discard, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("it started")
	}
}

func TestRun_isHostileWhenAsked(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	c := command()
	if err := c.ParseFlags([]string{"--hostile"}); err != nil || c.Flag("hostile").Value.String() != "20" {
		t.Errorf("--hostile alone means %s percent (%v), want 20", c.Flag("hostile").Value, err)
	}
	reader, writer := io.Pipe()
	o := options{listen: "127.0.0.1:0", org: "acme", hostile: 100, seed: 1, workload: githubsim.Workload{Commits: 3}}
	stopped := make(chan error, 1)
	go func() { stopped <- o.run(ctx, writer, slog.New(slog.DiscardHandler)) }()
	var said announcement
	if err := json.NewDecoder(reader).Decode(&said); err != nil {
		t.Fatal(err)
	}
	faults := map[string]bool{}
	for range 5 {
		ask(ctx, said.URL+"/user", said.Token)
	}
	for _, r := range requestsOf(t, said.URL) {
		faults[r.Fault] = true
	}
	if faults[""] || len(faults) < 2 {
		t.Errorf("the faults of five requests are %v, want several and no good answer", faults)
	}
	stop()
	if err := <-stopped; err != nil {
		t.Errorf("stopped with %v", err)
	}
}

// ask takes whatever comes, for a short while.
func ask(ctx context.Context, address, token string) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return
	}
	request.Header.Set("Authorization", "Bearer "+token)
	if response, err := http.DefaultTransport.RoundTrip(request); err == nil {
		response.Body.Close()
	}
}

func requestsOf(t *testing.T, base string) (requests []githubsim.Request) {
	t.Helper()
	response, err := http.Get(base + "/_sim/requests")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&requests); err != nil {
		t.Fatal(err)
	}
	return requests
}
