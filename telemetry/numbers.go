package telemetry

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.opentelemetry.io/otel/metric"

	"tributary/store"
)

const (
	// numbersKept is how long what the database said is shown: several scrapers cost
	// it no more than one. It is also how long one that failed is left alone.
	numbersKept = 15 * time.Second
	// numbersTime is what reading it may take. A scraper gives up after ten seconds.
	numbersTime = 3 * time.Second
)

// showNumbers shows what the database knows. While it cannot be read nothing of it is
// shown but that: an old number would look like a good one.
func showNumbers(meter metric.Meter, c Config) error {
	var errs []error
	var all []metric.Observable
	gauge := func(name, unit, about string) metric.Float64ObservableGauge {
		made, err := meter.Float64ObservableGauge(name, metric.WithUnit(unit), metric.WithDescription(about))
		errs, all = append(errs, err), append(all, made)
		return made
	}
	counter := func(name, about string) metric.Int64ObservableCounter {
		made, err := meter.Int64ObservableCounter(name, metric.WithDescription(about))
		errs, all = append(errs, err), append(all, made)
		return made
	}
	up := gauge("tributary_database_up", "", "1 while the numbers of the database can be read, else 0.")
	age := gauge("tributary_complete_through_age", "s", "How long ago the oldest complete_through of an organization's repositories is.")
	unread := gauge("tributary_streams_unread", "", "Streams of repositories that were never read to their end.")
	failing := gauge("tributary_streams_failing", "", "Streams of repositories that fail, or lack something, by code.")
	lost := gauge("tributary_repositories_unreadable", "", "Imported repositories that cannot be read, by code.")
	hooks := gauge("tributary_webhooks", "", "Hooks at GitHub by state.")
	received := counter("tributary_webhook_received", "Deliveries that arrived.")
	undelivered := counter("tributary_webhook_undelivered", "Deliveries that GitHub could not deliver.")
	redelivered := counter("tributary_webhook_redelivered", "Undelivered ones that were delivered again.")
	unannounced := counter("tributary_webhook_unannounced", "Repositories in which polling found a change that no delivery had announced.")
	waiting := gauge("tributary_webhook_waiting", "", "Deliveries that are not applied, and hints that are not followed.")
	overdue := gauge("tributary_webhook_overdue", "s", "How long ago the oldest of them was due.")

	numbers := &cached{Config: c}
	_, err := meter.RegisterCallback(func(ctx context.Context, o metric.Observer) error {
		n, err := numbers.read(ctx)
		if err != nil {
			o.ObserveFloat64(up, 0)
			return nil
		}
		o.ObserveFloat64(up, 1)
		since := func(at time.Time) float64 { return max(0, c.Now().Sub(at).Seconds()) }
		for _, s := range n.Streams {
			which := labels(of("organization", s.Organization), of("stream", s.Kind))
			if s.CompleteThrough != nil {
				o.ObserveFloat64(age, since(*s.CompleteThrough), which)
			}
			o.ObserveFloat64(unread, float64(s.Unread), which)
			for code, streams := range s.Failing {
				o.ObserveFloat64(failing, float64(streams), labels(of("organization", s.Organization), of("stream", s.Kind), of("code", code)))
			}
		}
		for _, r := range n.Unreadable {
			o.ObserveFloat64(lost, float64(r.Repositories), labels(of("organization", r.Organization), of("code", r.Code)))
		}
		for _, w := range n.Webhooks {
			which := labels(of("organization", w.Organization))
			o.ObserveInt64(received, w.Received, which)
			o.ObserveInt64(undelivered, w.Undelivered, which)
			o.ObserveInt64(redelivered, w.Redelivered, which)
			o.ObserveInt64(unannounced, w.Unannounced, which)
			for state, n := range w.States {
				o.ObserveFloat64(hooks, float64(n), labels(of("organization", w.Organization), of("state", state)))
			}
		}
		for _, w := range n.Waiting {
			which := labels(of("organization", w.Organization), of("what", w.What))
			o.ObserveFloat64(waiting, float64(w.Waiting), which)
			o.ObserveFloat64(overdue, since(w.DueSince), which)
		}
		return nil
	}, all...)
	return errors.Join(append(errs, err)...)
}

// cached reads the numbers at most once in numbersKept.
type cached struct {
	Config
	mu      sync.Mutex
	readAt  time.Time
	numbers store.Numbers
	err     error
}

func (c *cached) read(ctx context.Context) (store.Numbers, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.readAt.IsZero() && c.Now().Sub(c.readAt) < numbersKept {
		return c.numbers, c.err
	}
	ctx, cancel := context.WithTimeout(ctx, numbersTime)
	defer cancel()
	c.numbers, c.err = c.Numbers(ctx)
	c.readAt = c.Now() // afterwards: a database that hangs holds one scrape up and not the next
	return c.numbers, c.err
}
