package models_test

import (
	"testing"
	"time"

	"tributary/models"
)

func TestAtPace_staysWithinItsBounds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		health         models.WebhookHealth
		chosen, wanted time.Duration
	}{
		{models.WebhooksOff, 15 * time.Minute, 15 * time.Minute},
		{models.WebhooksUnknown, 15 * time.Minute, 15 * time.Minute},
		{models.WebhooksHealthy, 15 * time.Minute, time.Hour},
		{models.WebhooksHealthy, 5 * time.Minute, 20 * time.Minute},
		{models.WebhooksHealthy, 30 * time.Minute, time.Hour},
		{models.WebhooksHealthy, 6 * time.Hour, 6 * time.Hour},
		{models.WebhooksFailing, 15 * time.Minute, 450 * time.Second},
		{models.WebhooksFailing, 8 * time.Minute, 5 * time.Minute},
		{models.WebhooksFailing, 2 * time.Minute, 2 * time.Minute},
		{models.WebhooksFailing, 6 * time.Hour, 3 * time.Hour},
	} {
		chosen := models.Schedule{IntervalSeconds: int(tt.chosen.Seconds()), JitterSeconds: int(tt.chosen.Seconds())}
		got := chosen.AtPace(tt.health)
		if interval := time.Duration(got.IntervalSeconds) * time.Second; interval != tt.wanted || got.JitterSeconds > got.IntervalSeconds {
			t.Errorf("%s, every %s: %s with a jitter of %d s, want %s", tt.health, tt.chosen, interval, got.JitterSeconds, tt.wanted)
		}
	}
	if cron := (models.Schedule{Cron: "@daily", JitterSeconds: 60}); cron.AtPace(models.WebhooksHealthy) != cron {
		t.Error("a cron text has another pace")
	}
}

func TestHealthOf_isThatOfTheWorst(t *testing.T) {
	t.Parallel()
	now := time.Now()
	well := models.Webhook{State: models.WebhookActive, LastDeliveryAt: &now}
	silent := models.Webhook{State: models.WebhookActive}
	gap, muted, making, going, unasked := well, well, well, well, well
	gap.GapSince, muted.State, making.State, going.State, unasked.Code = &now, models.WebhookMuted, models.WebhookCreating, models.WebhookRemoving, models.RateLimited
	for _, tt := range []struct {
		hooks []models.Webhook
		want  models.WebhookHealth
	}{
		{nil, models.WebhooksOff},
		{[]models.Webhook{going}, models.WebhooksOff},
		{[]models.Webhook{going, well, well}, models.WebhooksHealthy},
		{[]models.Webhook{well, silent}, models.WebhooksUnknown},
		{[]models.Webhook{silent, well}, models.WebhooksUnknown},
		{[]models.Webhook{making, well}, models.WebhooksUnknown},
		{[]models.Webhook{unasked}, models.WebhooksUnknown},
		{[]models.Webhook{well, gap}, models.WebhooksFailing},
		{[]models.Webhook{silent, muted, well}, models.WebhooksFailing},
	} {
		if got := models.HealthOf(tt.hooks); got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.hooks, got, tt.want)
		}
	}
}
