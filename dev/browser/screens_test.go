package browser_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"
	"google.golang.org/protobuf/types/known/durationpb"

	"tributary/api"
	"tributary/dev/ingest"
	"tributary/dev/progress"
)

const apiToken = "0123456789abcdef0123456789abcdef"

func TestScreens(t *testing.T) {
	withProduct(t, func(ctx context.Context, p *product) {
		const login = "golden"
		organization := p.sim.AddGoldenOrganization(login)
		closed := sideDoor(t, api.Config{Store: p.Store, Temporal: p.Temporal, Tokens: []string{apiToken}})
		idle := sideDoor(t, api.Config{Store: p.Store, Temporal: withoutWorkers(ctx, t, p.TemporalAddress), Dev: true})
		p.play(ctx, t, "screens.e2e.ts", stage{
			"connect": func() any { return ingested(ctx, t, p, login, organization.Owner("golden-service").Token) },
		}, "CLOSED_UI="+closed, "IDLE_UI="+idle, "API_TOKEN="+apiToken)
	})
}

// ingested imports all of an organization, and returns when it is stored.
func ingested(ctx context.Context, t *testing.T, p *product, login, token string) ingest.Summary {
	quiet, err := os.Create(filepath.Join(t.TempDir(), "progress"))
	if err != nil {
		t.Error(err)
		return ingest.Summary{}
	}
	defer quiet.Close()
	summary, err := ingest.Run(ctx, ingest.Options{APIURL: p.APIURL, Organization: login, Token: token, Progress: progress.New(quiet, os.Getenv, time.Now)})
	if err != nil {
		t.Error(err)
	}
	return summary
}

// sideDoor is the address of another API of the same product.
func sideDoor(t *testing.T, c api.Config) string {
	t.Helper()
	c.Logger, c.Now = slog.New(slog.DiscardHandler), time.Now
	h, err := api.New(c)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// withoutWorkers is a namespace of the same Temporal in which nobody works.
func withoutWorkers(ctx context.Context, t *testing.T, address string) client.Client {
	t.Helper()
	const namespace = "idle"
	namespaces, err := client.NewNamespaceClient(client.Options{HostPort: address})
	if err != nil {
		t.Fatal(err)
	}
	defer namespaces.Close()
	if err := namespaces.Register(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: namespace, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	}); err != nil {
		t.Fatal(err)
	}
	idle, err := client.NewLazyClient(client.Options{HostPort: address, Namespace: namespace, Logger: temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(idle.Close)
	return idle
}
