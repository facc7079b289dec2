package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"tributary/api/problem"
)

func healthcheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "healthcheck",
		Short: "Ask the API on this machine whether it is ready; exits 1 if not, and says what is missing",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, err := load()
			if err != nil {
				return err
			}
			return askReady(cmd.Context(), settings.Listen)
		},
	}
}

// askReady is an error unless everything that the API stands on answers it.
func askReady(ctx context.Context, listen string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+reachable(listen)+"/readyz", nil)
	if err != nil {
		return err
	}
	response, err := (&http.Client{Timeout: 6 * time.Second}).Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		return nil
	}
	var missing problem.Problem
	if err := json.NewDecoder(response.Body).Decode(&missing); err != nil {
		return fmt.Errorf("the API answers %s", response.Status)
	}
	return &missing
}

// reachable is where to ask for what is listened on: every address includes this
// machine's own.
func reachable(listen string) string {
	host, port, _ := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
