package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// Webhooks returns the hooks of an integration: those of the organizations by id, then
// those of repositories.
func (s *Store) Webhooks(ctx context.Context, integrationID string) ([]models.Webhook, error) {
	var hooks []models.Webhook
	err := s.read(ctx).Where("integration_id = ?", integrationID).Order("organization_id, repository_id").Find(&hooks).Error
	return hooks, err
}

// OrganizationWebhooks returns the hooks of an organization, those first with which
// something is to be done, then those that were not checked for the longest time.
func (s *Store) OrganizationWebhooks(ctx context.Context, organizationID int64) ([]models.Webhook, error) {
	return webhooksOf(s.read(ctx), organizationID)
}

func webhooksOf(tx *gorm.DB, organizationID int64) ([]models.Webhook, error) {
	var hooks []models.Webhook
	err := tx.Where("organization_id = ?", organizationID).
		Order("CASE WHEN code = '' AND state IN ('creating', 'removing') THEN 0 ELSE 1 END, coalesce(checked_at, created_at), repository_id").Find(&hooks).Error
	return hooks, err
}

// lockedWebhooks are the hooks of an organization in the order in which deliveries lock
// them, which count on their meters.
func lockedWebhooks(tx *gorm.DB, organizationID int64) ([]models.Webhook, error) {
	var hooks []models.Webhook
	err := locked(tx).Where("organization_id = ?", organizationID).Order("id").Find(&hooks).Error
	return hooks, err
}

// SwitchOnWebhooks writes down that an organization has webhooks from now on: one, or
// one for each repository that is imported. What is there already is made anew at
// GitHub as it should be, and what belongs to another source goes. It returns
// ErrNotFound when the integration does not ingest the organization, or ErrDeleting.
func (s *Store) SwitchOnWebhooks(ctx context.Context, integrationID string, organizationID int64, source models.WebhookSource) error {
	return s.changeWebhooks(ctx, integrationID, organizationID, func(tx *gorm.DB, hooks []models.Webhook) error {
		state := models.WebhookCreating
		if source == models.AppHook {
			state = models.WebhookActive // it is at GitHub since the App is
		} else if err := forgetAppHook(tx, organizationID); err != nil {
			return err
		}
		for _, hook := range hooks {
			wanted := map[string]any{"state": models.WebhookRemoving, "code": "", "error": ""}
			if hook.Source == source && (hook.State != models.WebhookActive || hook.Code != "") {
				wanted["state"] = state
			} else if hook.Source == source {
				continue
			}
			if err := tx.Model(&hook).Updates(wanted).Error; err != nil {
				return err
			}
		}
		if source == models.RepositoryHook {
			return s.addRepositoryWebhooks(tx, integrationID, organizationID)
		}
		// One place has one row. With another kind of connection nobody could delete what the
		// one before made.
		if err := tx.Where("organization_id = ? AND repository_id = 0 AND source <> ?", organizationID, source).Delete(&models.Webhook{}).Error; err != nil {
			return err
		}
		return s.addWebhooks(tx, models.Webhook{IntegrationID: integrationID, OrganizationID: organizationID, Source: source, State: state})
	})
}

// AddRepositoryWebhooks writes down that the repositories of an organization whose
// others have webhooks have one as well.
func (s *Store) AddRepositoryWebhooks(ctx context.Context, integrationID string, organizationID int64) error {
	return s.changeWebhooks(ctx, integrationID, organizationID, func(tx *gorm.DB, hooks []models.Webhook) error {
		for _, hook := range hooks {
			if hook.Source == models.RepositoryHook && hook.State != models.WebhookRemoving {
				return s.addRepositoryWebhooks(tx, integrationID, organizationID)
			}
		}
		return nil
	})
}

func (s *Store) addRepositoryWebhooks(tx *gorm.DB, integrationID string, organizationID int64) error {
	var ids []int64
	err := tx.Model(&models.Repository{}).
		Where("organization_id = ? AND selection = 'imported' AND deleted_at IS NULL AND access_code = '' AND NOT archived", organizationID).
		Where("id NOT IN (SELECT repository_id FROM webhooks WHERE organization_id = ?)", organizationID).Order("id").Pluck("id", &ids).Error
	if err != nil {
		return err
	}
	hooks := make([]models.Webhook, len(ids))
	for i, id := range ids {
		hooks[i] = models.Webhook{IntegrationID: integrationID, OrganizationID: organizationID, RepositoryID: id, Source: models.RepositoryHook, State: models.WebhookCreating}
	}
	return s.addWebhooks(tx, hooks...)
}

// addWebhooks gives each hook an id and a secret. A place that has a hook keeps it.
func (s *Store) addWebhooks(tx *gorm.DB, hooks ...models.Webhook) (err error) {
	for i := range hooks {
		hook := &hooks[i]
		hook.ID, hook.MeterSince = rand.Text(), s.now()
		if hook.Source == models.AppHook {
			continue
		}
		if hook.Secret, err = s.keys.seal(sealedPlace("webhooks", "secret", hook.ID), Secret(newSecret())); err != nil {
			return err
		}
	}
	if len(hooks) == 0 {
		return nil
	}
	_, err = insertNew(tx, hooks, "organization_id", "repository_id")
	return err
}

// SwitchOffWebhooks writes down that an organization has no webhooks from now on. It
// returns ErrNotFound when the integration does not ingest the organization, or
// ErrDeleting.
func (s *Store) SwitchOffWebhooks(ctx context.Context, integrationID string, organizationID int64) error {
	return s.changeWebhooks(ctx, integrationID, organizationID, func(tx *gorm.DB, _ []models.Webhook) error {
		return errors.Join(
			forgetAppHook(tx, organizationID),
			tx.Model(&models.Webhook{}).Where("organization_id = ? AND source <> ?", organizationID, models.AppHook).
				Updates(map[string]any{"state": models.WebhookRemoving, "code": "", "error": ""}).Error)
	})
}

// forgetAppHook: at GitHub there is nothing to remove, since the App has other organizations.
func forgetAppHook(tx *gorm.DB, organizationID int64) error {
	return tx.Where("organization_id = ? AND source = ?", organizationID, models.AppHook).Delete(&models.Webhook{}).Error
}

// Both secrets of a hook are accepted until GitHub has the new one, however long that
// takes, and then for as long as a delivery may be on its way.
const (
	rotationLasts   = 30 * 24 * time.Hour
	deliveryTravels = 15 * time.Minute
)

// RotateWebhookSecrets gives each hook of an organization another secret, which GitHub
// is to learn, and returns of how many. One whose latest secret GitHub does not have yet
// keeps that. It returns ErrNotFound when the integration does not ingest the
// organization, or ErrDeleting.
func (s *Store) RotateWebhookSecrets(ctx context.Context, integrationID string, organizationID int64) (rotated int, err error) {
	err = s.changeWebhooks(ctx, integrationID, organizationID, func(tx *gorm.DB, hooks []models.Webhook) error {
		rotated = 0
		for _, hook := range hooks {
			if hook.Source == models.AppHook || hook.State == models.WebhookRemoving {
				continue
			}
			rotated++
			if hook.State == models.WebhookCreating {
				continue
			}
			if err := s.rotateWebhook(tx, hook); err != nil {
				return err
			}
		}
		return nil
	})
	return rotated, err
}

func (s *Store) rotateWebhook(tx *gorm.DB, hook models.Webhook) error {
	before, err := s.keys.open(sealedPlace("webhooks", "secret", hook.ID), hook.Secret)
	if err != nil {
		return err
	}
	previous, err := s.keys.seal(sealedPlace("webhooks", "previous", hook.ID), before)
	if err != nil {
		return err
	}
	secret, err := s.keys.seal(sealedPlace("webhooks", "secret", hook.ID), Secret(newSecret()))
	if err != nil {
		return err
	}
	return tx.Model(&hook).Updates(map[string]any{
		"secret": secret, "previous": previous, "previous_until": s.now().Add(rotationLasts), "state": models.WebhookCreating, "code": "", "error": "",
	}).Error
}

// changeWebhooks locks an integration and the hooks of one of its organizations.
func (s *Store) changeWebhooks(ctx context.Context, integrationID string, organizationID int64, change func(tx *gorm.DB, hooks []models.Webhook) error) error {
	_, err := s.intend(ctx, integrationID, func(i *intent) error {
		var claimed models.Organization
		if err := locked(i.tx).Where("id = ? AND integration_id = ?", organizationID, integrationID).Take(&claimed).Error; err != nil {
			return notFound(err)
		}
		hooks, err := lockedWebhooks(i.tx, organizationID)
		if err != nil {
			return err
		}
		return change(i.tx, hooks)
	})
	return err
}

// WebhookSecret returns the secret that GitHub is to sign with.
func (s *Store) WebhookSecret(hook models.Webhook) (Secret, error) {
	return s.keys.open(sealedPlace("webhooks", "secret", hook.ID), hook.Secret)
}

// WebhookMade records that GitHub has a hook as it was when it was read: by its id,
// switched on, and with its secret.
func (s *Store) WebhookMade(ctx context.Context, hook models.Webhook, hookID int64) error {
	now := s.now()
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := tx.Model(&models.Webhook{}).Where("id = ?", hook.ID).UpdateColumn("hook_id", hookID).Error; err != nil {
			return err
		}
		made := map[string]any{"state": models.WebhookActive, "code": "", "error": "", "checked_at": now, "gap_since": nil}
		if hook.HookID == 0 {
			made["meter_since"] = now
		}
		if until := now.Add(deliveryTravels); hook.PreviousUntil != nil && until.Before(*hook.PreviousUntil) {
			made["previous_until"] = until
		}
		return tx.Model(&models.Webhook{}).Where("id = ? AND state = ? AND secret = ?", hook.ID, models.WebhookCreating, hook.Secret).Updates(made).Error
	})
}

// WebhookRefused records why what is to be done with a hook, or its check, was not
// possible.
func (s *Store) WebhookRefused(ctx context.Context, hook models.Webhook, code models.Code, text string) error {
	return s.updateWebhook(ctx, hook, map[string]any{"code": code, "error": text, "checked_at": s.now()})
}

// WebhookCheck is what a look at a hook at GitHub showed.
type WebhookCheck struct {
	At          time.Time // when it began
	State       models.WebhookState
	Code        models.Code
	Error       string
	Undelivered int // from the beginning of the check before to that of this one
	Redelivered int
}

// WebhookChecked records a check, and forgets a secret that is not accepted any more.
func (s *Store) WebhookChecked(ctx context.Context, hook models.Webhook, check WebhookCheck) error {
	columns := map[string]any{
		"state": check.State, "code": check.Code, "error": check.Error, "checked_at": check.At,
		"undelivered": gorm.Expr("undelivered + ?", check.Undelivered), "redelivered": gorm.Expr("redelivered + ?", check.Redelivered),
	}
	if hook.PreviousUntil != nil && hook.PreviousUntil.Before(s.now()) {
		columns["previous"], columns["previous_until"] = "", nil
	}
	return s.updateWebhook(ctx, hook, columns)
}

// updateWebhook changes a hook unless somebody wants something else of it by now.
func (s *Store) updateWebhook(ctx context.Context, hook models.Webhook, columns map[string]any) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		return tx.Model(&models.Webhook{}).Where("id = ? AND state = ? AND secret = ?", hook.ID, hook.State, hook.Secret).Updates(columns).Error
	})
}

// WebhookRemoved forgets a hook that is not at GitHub any more, unless somebody wants
// it again by now.
func (s *Store) WebhookRemoved(ctx context.Context, hook models.Webhook) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		return tx.Where("id = ? AND state = ?", hook.ID, hook.State).Delete(&models.Webhook{}).Error
	})
}

// RemovableWebhooks writes down that the hooks of an integration that is being deleted
// are to be deleted at GitHub, and returns those that are still there. Those of our App
// are not.
func (s *Store) RemovableWebhooks(ctx context.Context, integrationID string) ([]models.Webhook, error) {
	var hooks []models.Webhook
	err := s.write(ctx, func(tx *gorm.DB) error {
		its := tx.Where("integration_id = ? AND source <> ?", integrationID, models.AppHook).Session(&gorm.Session{})
		if err := its.Model(&models.Webhook{}).Where("state <> ?", models.WebhookRemoving).
			Updates(map[string]any{"state": models.WebhookRemoving, "code": "", "error": ""}).Error; err != nil {
			return err
		}
		return its.Order("CASE WHEN code = '' THEN 0 ELSE 1 END, organization_id, repository_id").Find(&hooks).Error
	})
	return hooks, err
}

// NoteWebhooksLeft writes on the deletion of an integration which of its hooks GitHub
// has still.
func (s *Store) NoteWebhooksLeft(ctx context.Context, integrationID string) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		var deletion models.Deletion
		if err := locked(tx).Where("integration_id = ?", integrationID).Take(&deletion).Error; err != nil {
			return notFound(err)
		}
		var left []models.WebhookLeft
		err := tx.Model(&models.Webhook{}).
			Select("organizations.login AS organization, coalesce(repositories.full_name, '') AS repository, webhooks.hook_id, webhooks.code").
			Joins("JOIN organizations ON organizations.id = webhooks.organization_id").
			Joins("LEFT JOIN repositories ON repositories.id = webhooks.repository_id").
			Where("webhooks.integration_id = ? AND webhooks.source <> ?", integrationID, models.AppHook).
			Where("webhooks.hook_id > 0"). // the others were never made
			Order("organizations.login, webhooks.repository_id").Scan(&left).Error
		if err != nil {
			return err
		}
		for i := range left { // the repository may be deleted by now
			for _, before := range deletion.WebhooksLeft {
				if before.HookID == left[i].HookID {
					left[i].Repository = cmp.Or(left[i].Repository, before.Repository)
				}
			}
		}
		return tx.Model(&deletion).Update("webhooks_left", models.List[models.WebhookLeft](left)).Error
	})
}

// DeliveriesReceived says when deliveries of a hook arrived for the first time. Those
// that did not are missing.
func (s *Store) DeliveriesReceived(ctx context.Context, webhookID string, guids []string) (map[string]time.Time, error) {
	received := map[string]time.Time{}
	for some := range slices.Chunk(guids, rowsPerStatement) {
		var rows []models.Delivery
		err := s.read(ctx).Select("guid", "received_at").Where("webhook_id = ? AND guid IN ?", webhookID, some).Find(&rows).Error
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			received[row.GUID] = row.ReceivedAt
		}
	}
	return received, nil
}

// WebhookCheckInterval is the time between two looks at a hook at GitHub.
const WebhookCheckInterval = 10 * time.Minute

// webhooksDueAtOnce bounds how many organizations are looked after at a time; the others
// have their turn a minute later.
const webhooksDueAtOnce = 200

// WebhooksDue returns the organizations of active integrations with hooks with which
// something is to be done for longer than a while, or that were not looked at for
// WebhookCheckInterval.
func (s *Store) WebhooksDue(ctx context.Context, while time.Duration) ([]models.Organization, error) {
	now := s.now()
	due := s.read(ctx).Model(&models.Webhook{}).Select("organization_id").
		Joins("JOIN integrations ON integrations.id = webhooks.integration_id AND integrations.lifecycle = ?", models.IntegrationActive).
		Where("(webhooks.code = '' AND webhooks.state IN ('creating', 'removing') AND webhooks.updated_at < ? OR coalesce(webhooks.checked_at, webhooks.created_at) < ?)",
			now.Add(-while), now.Add(-WebhookCheckInterval)).
		Group("organization_id").Order("min(coalesce(webhooks.checked_at, webhooks.created_at))").Limit(webhooksDueAtOnce)
	var organizations []models.Organization
	err := s.read(ctx).Where("id IN (?)", due).Order("id").Find(&organizations).Error
	return organizations, err
}

// tooYoung is how long a delivery may be on its way before its lack says something.
const tooYoung = time.Minute

// newChange is that a probe shows something of a repository that happened after an
// instant.
type newChange struct {
	repositoryID int64
	since        time.Time
}

// changedSince says since when something of a repository changed that the probe shows
// and no earlier one did. What is read again without a change, was behind already or
// failed says nothing, and neither does a change that is younger than a minute.
func changedSince(r models.Repository, streams map[models.StreamKind]models.Stream, kinds []models.StreamKind, now time.Time) (since time.Time, changed bool) {
	for _, kind := range kinds {
		stream := ofKind(streams, kind)
		c := stream.Checkpoint
		quiet := c.Cursor == "" && stream.FailingSince == nil && stream.Gap.Code == "" && c.CompleteThrough != nil
		if !quiet || !models.Describe(kind).Listed() || strings.HasPrefix(c.Seen, models.Uncovered) || c.Seen == r.Probe.Seen(kind) {
			continue
		}
		happened := r.Probe.Newest(kind)
		if kind == models.StreamCommits && r.PushedAt != nil {
			happened = *r.PushedAt
		}
		if now.Sub(happened) > tooYoung && (!changed || c.CompleteThrough.After(since)) {
			since, changed = *c.CompleteThrough, true
		}
	}
	return since, changed
}

// noteUnannounced counts the repositories that changed since they were complete and for
// which nothing was delivered since then. It reports whether the health of the webhooks
// is another one now.
func noteUnannounced(tx *gorm.DB, organizationID int64, changes []newChange, now time.Time) (changed bool, err error) {
	hooks, err := lockedWebhooks(tx, organizationID)
	if err != nil || len(hooks) == 0 {
		return false, err
	}
	announced, err := lastDeliveries(tx, organizationID, now)
	if err != nil {
		return false, err
	}
	before := models.HealthOf(hooks)
	for i := range hooks {
		hook := &hooks[i]
		if hook.State != models.WebhookActive {
			continue
		}
		missed := 0
		for _, c := range changes {
			covered := hook.RepositoryID == 0 || hook.RepositoryID == c.repositoryID
			if covered && c.since.After(hook.MeterSince) && announced[c.repositoryID].Before(c.since.Add(-watermarkOverlap)) {
				missed++
			}
		}
		if err := noteMissed(tx, hook, missed, now); err != nil {
			return false, err
		}
	}
	return models.HealthOf(hooks) != before, nil
}

// watermarkOverlap is how much earlier than its reading a pass counts as complete, so
// a delivery may be older than that.
const watermarkOverlap = 5 * time.Minute

// gapLasts is for how long a gap shows at least.
const gapLasts = 30 * time.Minute

// noteMissed adds to a hook's meter. A gap ends when deliveries arrive again and
// nothing else was missed.
func noteMissed(tx *gorm.DB, hook *models.Webhook, missed int, now time.Time) error {
	over := hook.GapSince != nil && now.Sub(*hook.GapSince) >= gapLasts && hook.LastDeliveryAt != nil && hook.LastDeliveryAt.After(*hook.GapSince)
	switch {
	case missed > 0:
		hook.GapSince = cmp.Or(hook.GapSince, &now)
	case over:
		hook.GapSince = nil
	default:
		return nil
	}
	return tx.Model(hook).Updates(map[string]any{"unannounced": gorm.Expr("unannounced + ?", missed), "gap_since": hook.GapSince}).Error
}

// lastDeliveries says when each repository was last delivered something. Older ones than
// a gap can be are left out.
func lastDeliveries(tx *gorm.DB, organizationID int64, now time.Time) (map[int64]time.Time, error) {
	var rows []models.Delivery
	latest := tx.Model(&models.Delivery{}).Select("repository_id, max(received_at) AS received_at").
		Where("organization_id = ? AND received_at > ?", organizationID, now.Add(-7*24*time.Hour)).Group("repository_id")
	// Joined, because SQLite gives the result of max no type.
	err := tx.Model(&models.Delivery{}).Select("webhook_deliveries.repository_id, webhook_deliveries.received_at").
		Joins("JOIN (?) AS latest ON latest.repository_id = webhook_deliveries.repository_id AND latest.received_at = webhook_deliveries.received_at", latest).
		Where("webhook_deliveries.organization_id = ?", organizationID).Find(&rows).Error
	last := map[int64]time.Time{}
	for _, row := range rows {
		last[row.RepositoryID] = row.ReceivedAt
	}
	return last, err
}
