package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"tributary/api"
	"tributary/api/door"
	"tributary/api/receiver"
	"tributary/models"
	"tributary/store"
)

const organizationID = 9000

// receiverCommand is the process that is measured. Its first line of output is an
// endpoint in JSON.
func receiverCommand() *cobra.Command {
	var databaseURL, profile string
	cmd := &cobra.Command{
		Use:    "receiver",
		Short:  "Serve the API until interrupted; started by webhooks",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			stop, err := startProfile(profile)
			if err != nil {
				return err
			}
			return errors.Join(serveReceiver(cmd.Context(), databaseURL, json.NewEncoder(cmd.OutOrStdout()).Encode), stop())
		},
	}
	cmd.Flags().StringVar(&databaseURL, "database-url", "", "an empty database")
	cmd.Flags().StringVar(&profile, "profile", "", "where to write a CPU profile")
	return cmd
}

// deaf is a Temporal that takes every signal.
type deaf struct{ client.Client }

func (deaf) SignalWithStartWorkflow(context.Context, string, string, any, client.StartWorkflowOptions, any, ...any) (client.WorkflowRun, error) {
	return nil, nil
}

// serveReceiver serves the API on an empty database, with a webhook, until ctx ends.
func serveReceiver(ctx context.Context, databaseURL string, ready func(any) error) error {
	keys, err := store.NewKeyring([]byte("a key that measurements use, 32b"))
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Config{URL: databaseURL, Keys: keys})
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	at, err := addWebhook(ctx, db)
	if err != nil {
		return err
	}
	logger := slog.New(slog.NewJSONHandler(io.Discard, nil)) // written all the same
	handler, err := api.New(api.Config{Store: db, Temporal: deaf{}, Logger: logger, Now: time.Now})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	at.URL = "http://" + listener.Addr().String() + at.URL
	if err := ready(at); err != nil {
		return err
	}
	return door.Serve(ctx, listener, handler)
}

// addWebhook lets an organization deliver. The endpoint's URL has no host yet.
func addWebhook(ctx context.Context, db *store.Store) (endpoint, error) {
	connection, err := db.CreateConnection(ctx, models.PersonalAccessToken, "ghp_secret")
	if err != nil {
		return endpoint{}, err
	}
	err = errors.Join(
		db.AuthorizeConnection(ctx, connection.ID, store.Identity{Login: "octocat", RateOwner: "user/583231", Scopes: []string{"repo"}}),
		db.SaveOrganizations(ctx, connection.ID, []models.Organization{{ID: organizationID, NodeID: "O_9000", Login: organization}},
			[]models.ConnectionOrganization{{OrganizationID: organizationID, Login: organization, Role: "admin", Access: models.AccessOK, CheckedAt: time.Now()}}))
	if err != nil {
		return endpoint{}, err
	}
	integration, err := db.CreateIntegration(ctx, store.NewIntegration{
		ConnectionID: connection.ID, Name: "GitHub", OrganizationIDs: []int64{organizationID}, AutoImport: true, Services: models.Services{Repos: true},
	})
	if err != nil {
		return endpoint{}, err
	}
	if err := db.SwitchOnWebhooks(ctx, integration.ID, organizationID, models.OrganizationHook); err != nil {
		return endpoint{}, err
	}
	hooks, err := db.OrganizationWebhooks(ctx, organizationID)
	if err != nil {
		return endpoint{}, err
	}
	secret, err := db.WebhookSecret(hooks[0])
	return endpoint{URL: receiver.Path + hooks[0].ID, Secret: string(secret), Integration: integration.ID}, err
}

// measuredReceiver is that process, seen from outside.
type measuredReceiver struct {
	endpoint
	process *exec.Cmd
}

func startReceiver(ctx context.Context, databaseURL, profile string) (*measuredReceiver, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	r := &measuredReceiver{process: exec.CommandContext(ctx, self, "receiver", "--database-url", databaseURL, "--profile", profile)}
	r.process.Cancel = func() error { return r.process.Process.Signal(os.Interrupt) }
	r.process.WaitDelay = 30 * time.Second
	r.process.Stderr = os.Stderr
	out, err := r.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := r.process.Start(); err != nil {
		return nil, err
	}
	if err := json.NewDecoder(out).Decode(&r.endpoint); err != nil {
		return nil, errors.Join(fmt.Errorf("the API's process: %w", err), r.process.Process.Kill(), r.process.Wait())
	}
	return r, nil
}

// stop ends the process and says how long it computed.
func (r *measuredReceiver) stop() (cpu time.Duration, err error) {
	if err := r.process.Process.Signal(os.Interrupt); err != nil {
		return 0, err
	}
	if err := r.process.Wait(); err != nil {
		return 0, fmt.Errorf("the API's process: %w", err)
	}
	return r.process.ProcessState.UserTime() + r.process.ProcessState.SystemTime(), nil
}
