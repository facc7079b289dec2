package ingest

import (
	"context"
	"fmt"
	"time"

	"tributary/api"
	"tributary/models"
)

// verdictTime is how long GitHub's word about one organization may take, apart from
// the limits that are waited for.
const verdictTime = 2 * time.Minute

// awaitVerdict waits until GitHub has said whose the token is and what it may read
// of the organization. A limit is waited for as long as it lasts, and shown.
func (c *client) awaitVerdict(ctx context.Context, connectionID, name string, picture *picture) (organization api.ConnectionOrganization, found bool, err error) {
	for last := time.Now(); time.Since(last) < verdictTime; {
		var connection api.Connection
		if err := c.get(ctx, "/connections/"+connectionID, &connection); err != nil {
			return organization, false, err
		}
		switch connection.State {
		case models.ConnectionDenied, models.ConnectionExpired:
			return organization, false, &RefusedError{*connection.Cause}
		case models.ConnectionAuthorized:
			organization, found, err = c.seen(ctx, connectionID)
			if err != nil || !found || organization.Access != models.AccessChecking || organization.Cause != nil {
				return organization, found, err
			}
		}
		if until := connection.WaitingUntil; until != nil {
			last = time.Now()
			picture.phase(waitingUntil(*until, last))
		} else {
			picture.phase("connecting")
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return organization, false, ctx.Err()
		}
	}
	return organization, false, fmt.Errorf("GitHub was not asked about %s within %s", name, verdictTime)
}

// seen is the one organization that was asked about, by whatever name GitHub has
// for it now.
func (c *client) seen(ctx context.Context, connectionID string) (organization api.ConnectionOrganization, found bool, err error) {
	var organizations api.Items[api.ConnectionOrganization]
	err = c.get(ctx, "/connections/"+connectionID+"/organizations", &organizations)
	if len(organizations.Items) > 0 {
		organization, found = organizations.Items[0], true
	}
	return organization, found, err
}
