package activities

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

const (
	// redeliverable is for how long GitHub remembers deliveries.
	redeliverable = 3 * 24 * time.Hour
	// failedPages bounds how many failed deliveries are looked at: 500.
	failedPages = 5
	// redeliveries bounds how many are asked for in one check, and triesWhileFailing how
	// many while the latest failed: they show whether the receiver is back.
	redeliveries      = 50
	triesWhileFailing = 3
	// telling are the latest deliveries that say whether a hook works.
	telling = 3
	// slowAnswer is longer than GitHub waits for an answer. What arrived sooner after it
	// was sent was received in spite of what GitHub says.
	slowAnswer = 10 * time.Second
)

// checkDeliveries looks at what GitHub could not deliver to a hook and lets it be
// delivered again.
func (k *hookKeeper) checkDeliveries(ctx context.Context, hook models.Webhook, log github.HookLog) (check store.WebhookCheck, err error) {
	check.At = k.a.Now()
	latest, err := log.Deliveries(ctx, false, "")
	if err != nil {
		return check, err
	}
	check.State = models.WebhookActive
	latest.Items = slices.DeleteFunc(latest.Items, k.ofOthers)
	last := latest.Items[:min(len(latest.Items), telling)]
	failed, status := 0, 0
	for _, d := range last {
		if !d.Succeeded() {
			failed, status = failed+1, d.StatusCode
		}
	}
	if failed == 0 && !anyFailed(latest) {
		return check, nil
	}
	lost, err := k.lost(ctx, hook, log, &check)
	if err != nil {
		return check, err
	}
	if failed > 0 && failed == len(last) && len(lost) > 0 {
		check.State, check.Code, check.Error = models.WebhookFailing, models.HookFailing, textOfFailure(failed, status)
		lost = lost[:min(len(lost), triesWhileFailing)]
	}
	for _, d := range lost[:min(len(lost), redeliveries)] {
		if err := log.Redeliver(ctx, d.ID); err != nil && !isKind(err, github.NotFound) && !isKind(err, github.Validation) {
			return check, err
		}
	}
	return check, nil
}

// ofOthers tells the deliveries of our App's webhook that are for other installations.
func (k *hookKeeper) ofOthers(d github.HookDelivery) bool {
	return k.installation != 0 && d.InstallationID != k.installation
}

func anyFailed(page github.Page[github.HookDelivery]) bool {
	for _, d := range page.Items {
		if !d.Succeeded() {
			return true
		}
	}
	return page.Next != "" // older ones may have
}

func textOfFailure(failed, status int) string {
	if status == 0 {
		return fmt.Sprintf("GitHub's latest %s had no answer.", counted(failed, "delivery", "deliveries"))
	}
	return fmt.Sprintf("GitHub's latest %s failed, one with the status %d.", counted(failed, "delivery", "deliveries"), status)
}

// lost are the deliveries that failed and never arrived, the latest first, each by its
// latest attempt. The meter gets those that failed since the check before, and those that
// arrived since although they had failed.
func (k *hookKeeper) lost(ctx context.Context, hook models.Webhook, log github.HookLog, check *store.WebhookCheck) ([]github.HookDelivery, error) {
	failed, err := k.failed(ctx, log)
	if err != nil {
		return nil, err
	}
	var guids []string
	for _, d := range failed {
		guids = append(guids, d.GUID)
	}
	received, err := k.a.Store.DeliveriesReceived(ctx, hook.DeliversAs(), guids)
	if err != nil {
		return nil, err
	}
	since := hook.MeterSince
	if hook.CheckedAt != nil {
		since = *hook.CheckedAt
	}
	isNew := func(t time.Time) bool { return !t.Before(since) && t.Before(check.At) }
	var lost []github.HookDelivery
	seen := map[string]bool{}
	for _, d := range failed {
		at, arrived := received[d.GUID]
		again := arrived && at.Sub(d.DeliveredAt) > slowAnswer
		if !d.Redelivery && (!arrived || again) {
			if isNew(d.DeliveredAt) {
				check.Undelivered++
			}
			if again && isNew(at) {
				check.Redelivered++
			}
		}
		if !arrived && !seen[d.GUID] && d.Event != "ping" {
			lost = append(lost, d)
		}
		seen[d.GUID] = true
	}
	return lost, nil
}

// failed are the attempts that failed as long as GitHub would make them again.
func (k *hookKeeper) failed(ctx context.Context, log github.HookLog) (failed []github.HookDelivery, err error) {
	oldest, cursor := k.a.Now().Add(-redeliverable), ""
	for range failedPages {
		page, err := log.Deliveries(ctx, true, cursor)
		if err != nil {
			return nil, err
		}
		for _, d := range page.Items {
			if d.DeliveredAt.Before(oldest) {
				return failed, nil
			}
			if !d.Succeeded() && !k.ofOthers(d) {
				failed = append(failed, d)
			}
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	return failed, nil
}
