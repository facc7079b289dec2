package models

import (
	"slices"
	"time"
)

// webhookEvents are what a hook of an organization delivers: each concerns a stream, or
// what of the organization is ingested.
var webhookEvents = []string{
	"push", "create", "delete", "pull_request", "pull_request_review", "pull_request_review_comment", "pull_request_review_thread",
	"issues", "issue_comment", "label", "release", "repository", "organization", "member", "membership", "meta",
}

// Events are what GitHub is asked to deliver; in the order of names, as GitHub lists
// them. Those of our App are set up there.
func (s WebhookSource) Events() []string {
	events := slices.Sorted(slices.Values(webhookEvents))
	switch s {
	case AppHook:
		return []string{}
	case RepositoryHook:
		return slices.DeleteFunc(events, func(event string) bool { return event == "organization" || event == "membership" })
	}
	return events
}

// DeliversAs is the WebhookID of its deliveries.
func (w Webhook) DeliversAs() string {
	if w.Source == AppHook {
		return AppWebhook
	}
	return w.ID
}

// Address is what GitHub delivers to.
func (w Webhook) Address(publicURL string) string {
	return publicURL + "/webhooks/github/" + w.DeliversAs()
}

// Trouble is why a hook is not as it should be; empty when all is well.
func (w Webhook) Trouble() Code {
	if w.Code == "" && w.State == WebhookActive && w.GapSince != nil {
		return HookGap
	}
	return w.Code
}

// Pending reports whether something is to be done at GitHub, and nothing is known to be
// in the way.
func (w Webhook) Pending() bool {
	return w.Code == "" && (w.State == WebhookCreating || w.State == WebhookRemoving)
}

// WebhookHealth is how far the webhooks of an organization can be relied on.
type WebhookHealth string

// The healths of webhooks.
const (
	WebhooksOff     WebhookHealth = "off"
	WebhooksUnknown WebhookHealth = "unknown" // nothing has arrived yet, or not every repository has its hook
	WebhooksHealthy WebhookHealth = "healthy"
	WebhooksFailing WebhookHealth = "failing"
)

// HealthOf is the health of all hooks of an organization together.
func HealthOf(hooks []Webhook) WebhookHealth {
	health := WebhooksOff
	for _, hook := range hooks {
		switch {
		case hook.State == WebhookRemoving:
			continue
		case hook.State == WebhookActive && hook.GapSince == nil && hook.Code == "" && hook.LastDeliveryAt != nil:
			if health == WebhooksOff {
				health = WebhooksHealthy
			}
		case hook.State == WebhookActive && hook.GapSince == nil, hook.State == WebhookCreating:
			health = WebhooksUnknown
		default:
			return WebhooksFailing
		}
	}
	return health
}

// The bounds of an interval that webhooks change.
const (
	slowest = time.Hour
	fastest = 5 * time.Minute
)

// AtPace is a schedule as webhooks change it: slower while they tell what is new, and
// faster while they should and do not. An interval that is beyond a bound already stays,
// and so do the times of a cron text.
func (s Schedule) AtPace(health WebhookHealth) Schedule {
	if s.Cron != "" {
		return s
	}
	interval := time.Duration(s.IntervalSeconds) * time.Second
	switch health {
	case WebhooksHealthy:
		interval = min(4*interval, max(interval, slowest))
	case WebhooksFailing:
		interval = max(interval/2, min(interval, fastest))
	}
	s.IntervalSeconds = int(interval.Seconds())
	s.JitterSeconds = min(s.JitterSeconds, s.IntervalSeconds)
	return s
}
