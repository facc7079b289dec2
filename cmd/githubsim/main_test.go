package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"testing"

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
