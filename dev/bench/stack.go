package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"time"

	"tributary/dev/stack"
	"tributary/githubsim"
)

// withStack runs the whole product against a simulator, with a token that may
// read the organization.
func withStack(ctx context.Context, sim *githubsim.Sim, use func(ctx context.Context, s *stack.Stack, token string) error) error {
	url, token, stop, err := admit(sim)
	if err != nil {
		return err
	}
	defer stop()
	directory, err := os.MkdirTemp("", "tributary-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(directory)
	return stack.Run(ctx, stackConfig(directory, "", url), func(ctx context.Context, s *stack.Stack) error {
		return use(ctx, s, token)
	})
}

// admit makes the simulator a GitHub over HTTP, with an owner of the organization who has a token.
func admit(sim *githubsim.Sim) (url, token string, stop func(), err error) {
	owner := sim.AddUser("octocat")
	sim.AddOrganization(organization).AddMember(owner, "admin")
	token = sim.IssueToken(owner, githubsim.Token{Kind: githubsim.ClassicToken, Scopes: []string{"repo", "read:org"}})
	url, stop, err = serve(sim)
	return url, token, stop, err
}

// serve makes the simulator a GitHub over HTTP.
func serve(sim *githubsim.Sim) (url string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: sim, ReadHeaderTimeout: 5 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	return "http://" + listener.Addr().String() + "/", func() {
		_ = server.Close()
		<-served
	}, nil
}
