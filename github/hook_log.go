package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// HookLog is GitHub's log of what it sent to one webhook. It reaches three days back.
type HookLog struct {
	client *Client
	hook   string // path
}

// HookLog is that of a webhook of an organization or a repository.
func (c *Client) HookLog(owner HookOwner, hookID int64) HookLog {
	return HookLog{c, owner.path("/%d", hookID)}
}

// HookLog is that of the App's own webhook: of all its installations together.
func (a *AppCredential) HookLog() HookLog { return HookLog{a.client, "app/hook"} }

// HookDelivery is one attempt of GitHub's to deliver something. Attempts at the same delivery share the GUID.
type HookDelivery struct {
	ID             int64
	GUID           string
	DeliveredAt    time.Time
	Redelivery     bool
	StatusCode     int // that the receiver answered; 0 without an answer
	Event          string
	InstallationID int64 // of an App's delivery; 0 for others, and for what concerns no installation
}

// Succeeded reports whether the receiver took it.
func (d HookDelivery) Succeeded() bool { return d.StatusCode >= 200 && d.StatusCode < 300 }

// Deliveries lists what was sent, the newest first; only what failed if so wanted.
// https://docs.github.com/rest/orgs/webhooks#list-deliveries-for-an-organization-webhook
// https://docs.github.com/rest/apps/webhooks#list-deliveries-for-an-app-webhook
func (l HookLog) Deliveries(ctx context.Context, failed bool, cursor string) (Page[HookDelivery], error) {
	first := l.hook + "/deliveries?per_page=100"
	if failed {
		first += "&status=failure"
	}
	found, err := list[deliveryRow](ctx, l.client, first, cursor)
	var refused *Error
	if errors.As(err, &refused) && refused.Kind == Endless {
		err = nil // the page after a full one that was the last: there are no numbers of pages here
	}
	return convert(found, func(row *deliveryRow) HookDelivery { return HookDelivery(*row) }), err
}

type deliveryRow struct {
	ID             int64     `json:"id"`
	GUID           string    `json:"guid"`
	DeliveredAt    time.Time `json:"delivered_at"`
	Redelivery     bool      `json:"redelivery"`
	StatusCode     int       `json:"status_code"`
	Event          string    `json:"event"`
	InstallationID int64     `json:"installation_id"`
}

// GetID lets the rows of a list be checked.
func (r *deliveryRow) GetID() int64 { return r.ID }

// Redeliver lets GitHub send a delivery again, with the same GUID. It does so after it has answered.
// https://docs.github.com/rest/orgs/webhooks#redeliver-a-delivery-for-an-organization-webhook
func (l HookLog) Redeliver(ctx context.Context, deliveryID int64) error {
	return l.client.write(ctx, http.MethodPost, fmt.Sprintf("%s/deliveries/%d/attempts", l.hook, deliveryID), nil, nil)
}

// Hook reads what the App's own webhook is set to. It has neither an id nor events of its own: they are the App's.
// https://docs.github.com/rest/apps/webhooks#get-a-webhook-configuration-for-an-app
func (a *AppCredential) Hook(ctx context.Context) (Hook, error) {
	var config hookConfig
	if _, err := a.client.get(ctx, "app/hook/config", &config); err != nil {
		return Hook{}, appRefusal(err)
	}
	row := hookRow{Active: config.URL != "", Config: config}
	return row.hook(), nil
}
