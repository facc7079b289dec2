package github

import (
	"context"
	"errors"
)

// CheckQueries sends each kind of query without objects, and returns the first refusal of a query itself, by GitHub or
// by a proxy.
func (c *Client) CheckQueries(ctx context.Context, organization OrganizationRef) error {
	q, none := queries{c}, []string{}
	for _, ask := range []func() error{
		func() error {
			_, err := probeRepositories(ctx, q, organization.NodeID, 1, "", true, true, true)
			return err
		},
		func() error { _, err := pullRequestDetails(ctx, q, none); return err },
		func() error { _, err := commitDetails(ctx, q, none); return err },
		func() error { _, err := issueEvents(ctx, q, none, none, ""); return err },
		func() error { _, err := pullRequestStates(ctx, q, organization.NodeID, none); return err },
		func() error { _, err := repositoryTotals(ctx, q, none, true, true, true); return err },
	} {
		err := ask()
		var partial *queryErrors
		if err != nil && !errors.As(err, &partial) {
			return err
		}
	}
	return nil
}
