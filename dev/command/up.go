package command

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"tributary/dev/stack"
	"tributary/dev/temporal"
	"tributary/private"
)

func upCommand() *cobra.Command {
	var p places
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Run the API, the worker and Temporal until Ctrl-C",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := p.stack(slog.New(slog.NewTextHandler(os.Stderr, nil)))
			if err != nil {
				return err
			}
			return p.named(stack.Run(cmd.Context(), config, func(ctx context.Context, s *stack.Stack) error {
				fmt.Fprintf(cmd.OutOrStdout(), "in a browser %s/\nAPI          %[1]s/api/openapi.json\nTemporal     %[2]s\nTemporal UI  %[3]s\ndatabase     %[4]s\n",
					s.APIURL, s.TemporalAddress, s.TemporalUI, s.Database)
				if s.MetricsURL != "" {
					fmt.Fprintf(cmd.OutOrStdout(), "metrics      %s\n", s.MetricsURL)
				}
				fmt.Fprintln(cmd.OutOrStdout(), "Ctrl-C stops everything.")
				<-ctx.Done()
				return nil
			}))
		},
	}
	p.flags(cmd, "127.0.0.1:8080", "127.0.0.1:7233", "127.0.0.1:8233")
	p.sourceFlags(cmd)
	cmd.Flags().StringVar(&p.metrics, stack.MetricsFlag, "", "address of the metrics for Prometheus, for example 127.0.0.1:9464 (default: none)")
	return cmd
}

func temporalCommand() *cobra.Command {
	var p places
	var deployed temporal.Config // of what differs from the one for one machine
	cmd := &cobra.Command{
		Use:   "temporal",
		Short: "Run the embedded Temporal alone, for workers of another process",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := private.Folder(p.data); err != nil {
				return err
			}
			config := stack.TemporalConfig(stack.Config{
				Directory: p.data, TemporalAddress: p.temporal, TemporalUI: p.temporalUI,
				Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
			})
			config.PostgresURL, config.Shards, config.DynamicConfig = deployed.PostgresURL, deployed.Shards, deployed.DynamicConfig
			config.Namespace = deployed.Namespace
			server, err := temporal.Start(cmd.Context(), config)
			if err != nil {
				return err
			}
			defer server.Stop()
			fmt.Fprintf(cmd.OutOrStdout(), "Temporal     %s\nTemporal UI  %s\ndata         %s\n", server.Address(), server.UIURL(), filepath.Clean(p.data))
			<-cmd.Context().Done()
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&p.data, "data", ".tributary", "folder that holds Temporal's database")
	flags.StringVar(&p.temporal, temporal.AddressFlag, "127.0.0.1:7233", "address of Temporal")
	flags.StringVar(&p.temporalUI, temporal.UIAddressFlag, "127.0.0.1:8233", "address of Temporal's UI")
	flags.StringVar(&deployed.PostgresURL, "postgres-url", "", "databases in place of the one in the folder, as docker-compose.yml has them")
	flags.Int32Var(&deployed.Shards, "shards", 1, "parts of the state in Postgres, which can't be changed later")
	flags.StringVar(&deployed.DynamicConfig, "dynamic-config", "", "file of Temporal's settings in place of those for one machine")
	flags.StringVar(&deployed.Namespace, "namespace", "default", "namespace of the workflows")
	for _, testing := range []string{"postgres-url", "shards", "dynamic-config", "namespace"} {
		_ = flags.MarkHidden(testing) // it is there
	}
	return cmd
}
