package github

import (
	"context"
	"errors"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

// Some hosts and proxies let REST through and not GraphQL, and an Enterprise Server may have an older schema than a
// query needs. REST is then asked instead, object by object.

// refusalLasts is how long a refused query is not sent again.
const refusalLasts = 10 * time.Minute

type refusedQuery struct {
	owner string // the rate owner
	name  string // of the query; empty when the endpoint refuses all queries
}

type refusal struct {
	err   *Error
	until time.Time
}

// queriesRefused reports whether GitHub refuses this query for every object.
func queriesRefused(err error) bool {
	var refused *Error
	return errors.As(err, &refused) && refused.Kind == QueriesRefused
}

// refusedLately returns the refusal of a query that is not sent again yet. Without a known rate owner nothing is
// remembered.
func (c *Client) refusedLately(query string) error {
	c.host.mu.Lock()
	defer c.host.mu.Unlock()
	for _, name := range []string{"", query} {
		if r := c.host.refused[refusedQuery{c.limiter.owner, name}]; c.host.now().Before(r.until) {
			return r.err
		}
	}
	return nil
}

// noteRefusal remembers a refusal of GraphQL itself, and gives it its kind. A refusal of the token, or of what it may
// see, would be the same in REST.
func (c *Client) noteRefusal(query string, err error) error {
	var refused *Error
	if !errors.As(err, &refused) || refused.Endpoint != c.graphQLEndpoint() {
		return err
	}
	switch refused.Status {
	case http.StatusOK: // the schema lacks something
		if refused.Kind != QueriesRefused {
			return err
		}
	case http.StatusForbidden:
		if refused.Kind != Refused && refused.Kind != PermissionMissing && refused.Kind != NotAPI {
			return err
		}
		query = ""
	case http.StatusNotFound:
		if refused.Kind != NotFound && refused.Kind != NotAPI {
			return err
		}
		query = ""
	case http.StatusMethodNotAllowed, http.StatusGone, http.StatusNotImplemented:
		query = ""
	default:
		return err
	}
	refused.Kind = QueriesRefused
	if c.limiter.owner != "" {
		c.host.mu.Lock()
		defer c.host.mu.Unlock()
		c.host.refused[refusedQuery{c.limiter.owner, query}] = refusal{refused, c.host.now().Add(refusalLasts)}
	}
	return refused
}

// restConcurrency is how many objects are read in parallel. The limiter bounds the requests in flight.
const restConcurrency = 8

// forEach calls do for the numbers below n, several at a time, until one fails.
func forEach(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(restConcurrency)
	for i := range n {
		group.Go(func() error { return do(ctx, i) })
	}
	return group.Wait()
}
