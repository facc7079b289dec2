package temporal

import (
	"context"
	"errors"
	"time"

	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"google.golang.org/protobuf/types/known/durationpb"
)

// configureNamespace applies the retention and the search attributes to a
// namespace that an earlier start may have created with others. Its first call
// also waits for the server to answer.
func configureNamespace(ctx context.Context, address string, c Config) error {
	temporal, err := client.DialContext(ctx, client.Options{
		HostPort:  address,
		Namespace: c.Namespace,
		Logger:    sdklog.NewStructuredLogger(c.Logger),
	})
	if err != nil {
		return err
	}
	defer temporal.Close()

	if c.PostgresURL != "" { // a file is made with it
		if err := registerNamespace(ctx, temporal, c); err != nil {
			return err
		}
	}
	_, err = temporal.WorkflowService().UpdateNamespace(ctx, &workflowservice.UpdateNamespaceRequest{
		Namespace: c.Namespace,
		Config:    &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(c.Retention)},
	})
	if err != nil || len(c.SearchAttributes) == 0 {
		return err
	}
	_, err = temporal.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace:        c.Namespace,
		SearchAttributes: c.SearchAttributes,
	})
	return err
}

// registerNamespace makes a namespace, and waits until every part of the server knows it.
func registerNamespace(ctx context.Context, temporal client.Client, c Config) error {
	_, err := temporal.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: c.Namespace, WorkflowExecutionRetentionPeriod: durationpb.New(c.Retention),
	})
	var there *serviceerror.NamespaceAlreadyExists
	if err != nil && !errors.As(err, &there) {
		return err
	}
	for {
		_, err := temporal.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: c.Namespace})
		var unknown *serviceerror.NamespaceNotFound
		if !errors.As(err, &unknown) {
			return err
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
