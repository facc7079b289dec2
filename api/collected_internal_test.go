package api

import (
	"testing"
	"time"

	"tributary/models"
	"tributary/store"
)

// What a service was at first, the creation says: a switching of another one is none of it.
func TestLastSwitch_beginsWithHowItWasCreated(t *testing.T) {
	t.Parallel()
	event := func(hour int, details map[string]string) models.AuditEvent {
		return models.AuditEvent{At: time.Date(2026, 5, 1, hour, 0, 0, 0, time.UTC), ActorName: "ci", Details: details}
	}
	c := store.Collected{Created: event(1, map[string]string{"body.services.tickets": "false"}), Changed: []models.AuditEvent{
		event(2, map[string]string{"body.pull_requests": "false", "body.tickets": "false"}),
		event(3, map[string]string{"body.pull_requests": "false", "body.tickets": "false"}),
	}}
	if at, by := lastSwitch(c, models.ServiceTickets); at != nil {
		t.Errorf("tickets were switched at %s by %s", at, by)
	}
	if at, _ := lastSwitch(c, models.ServicePullRequests); at == nil || at.Hour() != 2 {
		t.Errorf("pull requests were switched at %v, want 2 o'clock", at)
	}
}
