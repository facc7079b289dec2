package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"

	"tributary/api"
	"tributary/api/door"
	"tributary/cmd/tributary/apps"
	"tributary/config"
	"tributary/store"
	"tributary/telemetry"
	"tributary/worker"
	"tributary/workflows"
)

func apiCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "api",
		Short: "Serve the HTTP API",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, err := load("DATABASE_URL", "SECRET_KEYS")
			if err != nil {
				return err
			}
			return serveAPI(cmd.Context(), settings, logger())
		},
	}
}

func serveAPI(ctx context.Context, settings config.Config, log *slog.Logger) error {
	db, err := openStore(ctx, settings)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := apps.CheckSecrets(ctx, db, log); err != nil {
		return err
	}
	apps.Warn(ctx, settings, log)
	tokens, err := environmentTokens(ctx, settings, db)
	if err != nil {
		return err
	}
	metrics, err := showMetrics(settings, db.Numbers)
	if err != nil {
		return err
	}
	ways, err := apps.New(settings, db, metrics.Of())
	if err != nil {
		return err
	}
	temporal, namespace, err := dial(settings, log, metrics.Of())
	if err != nil {
		return err
	}
	defer temporal.Close()
	handler, err := api.New(api.Config{
		Store: db, Temporal: temporal, Logger: log, Tokens: tokens, TrustedProxies: settings.TrustedProxies, Methods: ways.Methods(), PublicURL: settings.PublicURL, GitHubAPIURL: settings.GitHubAPIURL,
		TemporalUIURL: settings.TemporalUIURL, TemporalNamespace: namespace, Metrics: metrics.Of(), Now: time.Now,
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", settings.Listen)
	if err != nil {
		return config.Wrong("LISTEN", "cannot be listened on: "+err.Error())
	}
	log.Info("api is listening", "address", listener.Addr().String())
	return metrics.During(ctx, log, func(ctx context.Context) error { return door.Serve(ctx, listener, handler) })
}

// showMetrics begins to count if somebody wants to read it. The API shows what the
// database knows, and the workers what they do: every number is shown once.
func showMetrics(settings config.Config, numbers func(context.Context) (store.Numbers, error)) (*telemetry.Listener, error) {
	if settings.MetricsListen == "" {
		return nil, nil
	}
	listener, err := net.Listen("tcp", settings.MetricsListen)
	if err != nil {
		return nil, config.Wrong("METRICS_LISTEN", "cannot be listened on: "+err.Error())
	}
	return telemetry.On(listener, telemetry.Config{Numbers: numbers, Now: time.Now})
}

// environmentTokens is the token of the settings, if there is one. An API that
// nobody could use should say so when it starts.
func environmentTokens(ctx context.Context, settings config.Config, db *store.Store) ([]string, error) {
	if settings.APIToken != "" {
		return []string{settings.APIToken}, nil
	}
	has, err := db.HasAdminToken(ctx)
	if err == nil && !has {
		err = config.Wrong("API_TOKEN", "is not set, and the database has no admin token (tributary token create makes one)")
	}
	return nil, err
}

func workerCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "worker",
		Short: "Run workflows and activities; start as many as you like",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, err := load("DATABASE_URL", "SECRET_KEYS")
			if err != nil {
				return err
			}
			return runWorker(cmd.Context(), settings, logger())
		},
	}
}

func runWorker(ctx context.Context, settings config.Config, log *slog.Logger) error {
	db, err := openStore(ctx, settings)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := apps.CheckSecrets(ctx, db, log); err != nil {
		return err
	}
	apps.Warn(ctx, settings, log)
	metrics, err := showMetrics(settings, nil)
	if err != nil {
		return err
	}
	ways, err := apps.New(settings, db, metrics.Of())
	if err != nil {
		return err
	}
	if err := db.PinHost(ctx, ways.Host.Name(), ways.Host.WebURL()); err != nil {
		return err
	}
	temporal, namespace, err := dial(settings, log, metrics.Of())
	if err != nil {
		return err
	}
	defer temporal.Close()
	if err := registerAttributes(ctx, temporal, namespace, log); err != nil {
		return err
	}
	return metrics.During(ctx, log, func(ctx context.Context) error {
		return worker.Run(ctx, worker.Config{
			Temporal:         temporal,
			Activities:       ways.Activities(db, time.Now),
			Workflows:        &workflows.Workflows{HeartbeatTimeout: settings.HeartbeatTimeout},
			IngestActivities: settings.IngestActivities,
			Build:            settings.WorkerBuildID,
			Logger:           log,
		})
	})
}

// openStore connects to a database whose schema this version understands.
func openStore(ctx context.Context, settings config.Config) (*store.Store, error) {
	keys, err := store.ParseKeyring(settings.SecretKeys)
	if err != nil {
		return nil, config.Wrong("SECRET_KEYS", "is not usable: "+err.Error())
	}
	db, err := connect(ctx, store.Config{URL: settings.DatabaseURL, Keys: keys, Now: time.Now})
	if err != nil {
		return nil, err
	}
	if err := db.CheckSchema(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func connect(ctx context.Context, c store.Config) (*store.Store, error) {
	db, err := store.Open(ctx, c)
	var wrong *store.URLError
	if errors.As(err, &wrong) {
		return nil, config.Wrong("DATABASE_URL", "is not usable: "+wrong.Problem)
	}
	return db, err
}

func logger() *slog.Logger { return slog.New(slog.NewJSONHandler(os.Stderr, nil)) }
