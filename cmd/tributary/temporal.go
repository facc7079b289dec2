package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	temporallog "go.temporal.io/sdk/log"

	"tributary/config"
	"tributary/telemetry"
	"tributary/workflows"
)

// temporalOptions are Temporal's own settings below ours. TLS, client certificates
// and API keys are set as for every program of Temporal's, in variables that begin
// with TEMPORAL_ or in a profile of temporal.toml.
// https://docs.temporal.io/references/client-environment-configuration
func temporalOptions(settings config.Config, log *slog.Logger) (client.Options, error) {
	options, err := envconfig.LoadClientOptions(envconfig.LoadClientOptionsRequest{})
	if err != nil {
		return options, &exitError{code: 2, err: fmt.Errorf("settings of Temporal's own (TEMPORAL_…, temporal.toml): %w", err)}
	}
	options.HostPort = cmp.Or(settings.TemporalAddress, options.HostPort, "127.0.0.1:7233")
	options.Namespace = cmp.Or(settings.TemporalNamespace, options.Namespace, "default")
	options.Logger = temporallog.NewStructuredLogger(log)
	return options, nil
}

// dial also returns the namespace.
func dial(settings config.Config, log *slog.Logger, metrics *telemetry.Metrics) (temporal client.Client, namespace string, err error) {
	options, err := temporalOptions(settings, log)
	if err != nil {
		return nil, "", err
	}
	options.MetricsHandler = metrics.Temporal()
	temporal, err = client.Dial(options)
	if err != nil {
		return nil, "", fmt.Errorf("connect to Temporal at %s (%sTEMPORAL_ADDRESS): %w", options.HostPort, config.Prefix, err)
	}
	return temporal, options.Namespace, nil
}

// registerAttributes makes the search attributes that the namespace lacks, such as those
// that came with this version: a workflow that carries one of them would not go on. Where
// that is for others to do, nobody but the log can say so.
func registerAttributes(ctx context.Context, temporal client.Client, namespace string, log *slog.Logger) error {
	err := workflows.RegisterAttributes(ctx, temporal, namespace)
	var denied *serviceerror.PermissionDenied
	var unknown *serviceerror.Unimplemented
	if errors.As(err, &denied) || errors.As(err, &unknown) {
		log.WarnContext(ctx, "not known whether Temporal's namespace has every search attribute; a workflow stands still without", "namespace", namespace, "attributes", workflows.AttributeNames(), "error", err)
		return nil
	}
	return err
}
