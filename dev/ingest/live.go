package ingest

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"tributary/api"
)

// Live is an organization whose webhooks are switched on after it was ingested.
type Live struct {
	IntegrationID  string
	organizationID int64
	syncID         string // that ingested it
	client         *client
}

// GoLive switches the webhooks of an organization on.
func GoLive(ctx context.Context, apiURL string, s Summary) (*Live, error) {
	l := &Live{IntegrationID: s.sync.IntegrationID, organizationID: s.sync.OrganizationID, syncID: s.sync.ID, client: &client{url: apiURL, http: &http.Client{}}}
	var webhooks api.Webhooks
	err := l.client.do(ctx, http.MethodPut, "/integrations/"+l.IntegrationID+"/webhooks", map[string]any{"organization_id": l.organizationID, "enabled": true}, &webhooks)
	if err == nil && webhooks.Cause != nil {
		err = &RefusedError{Cause: *webhooks.Cause}
	}
	return l, err
}

// PauseSchedule leaves it to webhooks to tell what is new.
func (l *Live) PauseSchedule(ctx context.Context) error {
	return l.client.post(ctx, fmt.Sprintf("/organizations/%d/schedule/pause", l.organizationID), nil, nil)
}

// Arrived is what came since the organization was ingested.
type Arrived struct {
	Rows int64 // new or changed
	// Seconds from an event at GitHub to its rows, of those of the last hour: of half of
	// them, and of 99 in a hundred, at most. Nil before there is one.
	Freshness *api.Freshness
}

// Arrived reads what came by now.
func (l *Live) Arrived(ctx context.Context) (a Arrived, err error) {
	var syncs api.Page[api.Sync]
	if err := l.client.get(ctx, "/integrations/"+l.IntegrationID+"/syncs?limit=100", &syncs); err != nil {
		return a, err
	}
	for _, sync := range syncs.Items { // the newest first
		if sync.ID == l.syncID {
			break
		}
		a.Rows += items(sync.Stored)
	}
	var webhooks api.Items[api.Webhooks]
	if err := l.client.get(ctx, "/integrations/"+l.IntegrationID+"/webhooks", &webhooks); err != nil {
		return a, err
	}
	for _, w := range webhooks.Items {
		if w.OrganizationID == l.organizationID {
			a.Freshness = w.Freshness
			return a, nil
		}
	}
	return a, errors.New("the integration has no such organization any more")
}
