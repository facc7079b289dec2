package github

import (
	"context"
	"errors"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

// Some hosts and proxies let REST through and not GraphQL. What REST can tell is then asked there, object by
// object.

// refusalLasts is how long queries are not tried again after their endpoint has refused one.
const refusalLasts = 10 * time.Minute

// QueriesRefused reports whether the GraphQL endpoint as such has refused a query lately. What has no other way
// through REST need not be asked then. It is forgotten while nobody knows whose budget the client spends.
func (c *Client) QueriesRefused() bool {
	c.host.mu.Lock()
	defer c.host.mu.Unlock()
	return c.host.now().Before(c.host.refused[c.gate.owner])
}

// refusesQueries reports whether err is a refusal of GraphQL as such, and remembers it. What is wrong with
// the token or with what it may see would be wrong in REST too.
func (c *Client) refusesQueries(err error) bool {
	var refused *Error
	if !errors.As(err, &refused) || refused.Endpoint != c.graphQLEndpoint() {
		return false
	}
	switch refused.Status {
	case http.StatusForbidden:
		if refused.Kind != Refused && refused.Kind != PermissionMissing && refused.Kind != NotAPI {
			return false
		}
	case http.StatusNotFound:
		if refused.Kind != NotFound && refused.Kind != NotAPI {
			return false
		}
	case http.StatusMethodNotAllowed, http.StatusGone, http.StatusNotImplemented:
	default:
		return false
	}
	if c.gate.owner != "" {
		c.host.mu.Lock()
		defer c.host.mu.Unlock()
		c.host.refused[c.gate.owner] = c.host.now().Add(refusalLasts)
	}
	return true
}

// restAtOnce is how many objects are read side by side. The transport has the last word on requests in flight.
const restAtOnce = 8

// each calls do for the numbers below n, several at a time, until one fails.
func each(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(restAtOnce)
	for i := range n {
		group.Go(func() error { return do(ctx, i) })
	}
	return group.Wait()
}

// throughREST reads one object of a repository, and says why it cannot be had when GitHub shows the
// repository and not the object. Like a batch it asks a suspect twice.
func throughREST[T any](ctx context.Context, c *Client, repositoryID int64, read func() (T, error)) (object T, unavailable string, err error) {
	object, err = read()
	var refused *Error
	if !errors.As(err, &refused) {
		return object, "", err
	}
	switch {
	case refused.Kind == UnknownCommit || refused.Kind == EmptyRepository:
		return object, refused.Message, nil
	case refused.Kind != NotFound && !blamesBatch(err):
		return object, "", err
	}
	if _, err := c.RepositoryByID(ctx, repositoryID); err != nil {
		return object, "", err
	}
	object, err = read()
	if errors.As(err, &refused) && (refused.Kind == NotFound || blamesBatch(err)) {
		return object, refused.Message, nil
	}
	return object, "", err
}
