// Package telemetry counts what a process does and shows it as a page that
// Prometheus reads. It decides nothing, and sends nothing anywhere. It shows no names
// but those of organizations: none of people, of repositories, and no text from
// outside. Every label says how many values it can have, in instruments.go.
//
// All methods of *Metrics may be called concurrently, and on nil, which counts nothing.
package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/attribute"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"
	"golang.org/x/sync/errgroup"

	"tributary/store"
)

// Path is where the page is.
const Path = "/metrics"

// Config says what is shown beside what this process does.
type Config struct {
	// Numbers reads what the database knows; nil where another process shows it.
	Numbers func(context.Context) (store.Numbers, error)
	Now     func() time.Time
}

// Metrics are what a process counts, and the page that shows them.
type Metrics struct {
	instruments
	registry *prometheus.Registry
	temporal client.MetricsHandler
}

// New returns metrics that nobody reads yet.
func New(c Config) (*Metrics, error) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	reader, err := exporter.New(exporter.WithRegisterer(registry), exporter.WithoutScopeInfo(), exporter.WithoutTargetInfo())
	if err != nil {
		return nil, err
	}
	provider := metric.NewMeterProvider(metric.WithReader(reader), metric.WithResource(resource.Empty()), metric.WithView(ofTemporal))
	m := &Metrics{
		registry: registry,
		temporal: opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{Meter: provider.Meter(temporalScope), UseMonotonicCounters: true}),
	}
	meter := provider.Meter("tributary")
	if m.instruments, err = newInstruments(meter); err != nil {
		return nil, err
	}
	if c.Numbers == nil {
		return m, nil
	}
	return m, showNumbers(meter, c)
}

const temporalScope = "temporal"

// temporalBuckets are seconds. OpenTelemetry's own are meant for milliseconds.
var temporalBuckets = []float64{0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300}

// ofTemporal keeps the labels of Temporal's SDK that have few values: the types of our
// workflows and activities, two task queues, the calls of Temporal's API and gRPC's
// codes. Others are left out, whatever a later SDK adds.
// https://docs.temporal.io/references/sdk-metrics
func ofTemporal(i metric.Instrument) (metric.Stream, bool) {
	if i.Scope.Name != temporalScope {
		return metric.Stream{}, false
	}
	s := metric.Stream{Name: i.Name, Description: i.Description, Unit: i.Unit, AttributeFilter: attribute.NewAllowKeysFilter(
		"workflow_type", "activity_type", "task_queue", "worker_type", "poller_type", "operation", "status_code", "failure_reason",
	)}
	if i.Kind == metric.InstrumentKindHistogram {
		s.Aggregation = metric.AggregationExplicitBucketHistogram{Boundaries: temporalBuckets, NoMinMax: true}
	}
	return s, true
}

// Temporal counts what a client of Temporal and its workers do.
func (m *Metrics) Temporal() client.MetricsHandler {
	if m == nil {
		return client.MetricsNopHandler
	}
	return m.temporal
}

// Handler serves the page, below Path, and nothing else.
func (m *Metrics) Handler() http.Handler {
	// What can be read is shown although something else cannot.
	page := promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 4})
	mux := http.NewServeMux()
	mux.Handle("GET "+Path, page)
	return mux
}

// Listener is where a process shows its page. It is nil in one that shows none.
type Listener struct {
	net.Listener
	*Metrics
}

// On returns metrics that are shown where a listener listens.
func On(listener net.Listener, c Config) (*Listener, error) {
	metrics, err := New(c)
	return &Listener{listener, metrics}, err
}

// Of returns the metrics, nil without a listener.
func (l *Listener) Of() *Metrics {
	if l == nil {
		return nil
	}
	return l.Metrics
}

// During shows the page while work runs, also while work ends.
func (l *Listener) During(ctx context.Context, log *slog.Logger, work func(context.Context) error) error {
	if l == nil {
		return work(ctx)
	}
	srv := &http.Server{
		Handler: l.Handler(), ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
	}
	log.InfoContext(ctx, "metrics are shown", "address", l.Addr().String(), "path", Path)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := srv.Serve(l.Listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve metrics: %w", err)
		}
		return nil
	})
	group.Go(func() error { return errors.Join(work(ctx), srv.Close()) })
	return group.Wait()
}
