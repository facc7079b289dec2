package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/models"
)

// SaveDeliveries stores deliveries, all or none. One that is known counts as
// another arrival, and is processed again if it had failed. It returns the
// organizations that had none waiting before.
func (s *Store) SaveDeliveries(ctx context.Context, deliveries []models.Delivery) (roused []int64, err error) {
	arrived := arrivals(deliveries, s.now())
	if len(arrived) == 0 {
		return nil, nil
	}
	err = s.write(ctx, func(tx *gorm.DB) error {
		waiting, err := organizationsWithWaiting(tx, arrived)
		if err != nil {
			return err
		}
		stored, err := upsertDeliveries(tx, arrived)
		if err != nil {
			return err
		}
		roused = nil
		for _, d := range stored {
			if d.State == models.DeliveryReceived && !waiting[d.OrganizationID] {
				waiting[d.OrganizationID] = true
				roused = append(roused, d.OrganizationID)
			}
		}
		return countDeliveries(tx, arrived, stored, s.now())
	})
	return roused, err
}

// deliveryKey is what a delivery is known by.
type deliveryKey struct{ hook, guid string }

func keyOf(d models.Delivery) deliveryKey { return deliveryKey{d.WebhookID, d.GUID} }

// arrivals has one row for each delivery, with how often it is among these, in the order
// in which they are locked.
func arrivals(deliveries []models.Delivery, now time.Time) []models.Delivery {
	rows := make(map[deliveryKey]models.Delivery, len(deliveries))
	for _, d := range deliveries {
		known := rows[keyOf(d)]
		if known.Times > 0 && known.State != models.DeliveryFailed {
			d = known
		}
		d.Times, d.ReceivedAt, d.DueAt = known.Times+1, now, now
		rows[keyOf(d)] = d
	}
	return slices.SortedFunc(maps.Values(rows), inLockOrder)
}

// organizationsWithWaiting are those of deliveries that had some waiting before.
func organizationsWithWaiting(tx *gorm.DB, deliveries []models.Delivery) (map[int64]bool, error) {
	waiting := map[int64]bool{}
	for _, d := range deliveries {
		if _, looked := waiting[d.OrganizationID]; looked || d.State != models.DeliveryReceived {
			continue
		}
		var one []models.Delivery // and no more: thousands may wait
		err := tx.Select("guid").Where("organization_id = ? AND state = 'received'", d.OrganizationID).Limit(1).Find(&one).Error
		if err != nil {
			return nil, err
		}
		waiting[d.OrganizationID] = len(one) > 0
	}
	return waiting, nil
}

// upsertDeliveries returns what is stored by then, in any order: of each delivery its key,
// organization, event, state and how often it has arrived.
func upsertDeliveries(tx *gorm.DB, arrived []models.Delivery) (stored []models.Delivery, err error) {
	changes := clause.Set{{Column: clause.Column{Name: "times"}, Value: gorm.Expr("webhook_deliveries.times + excluded.times")}}
	for _, column := range []string{"organization_id", "repository_id", "event", "action", "notice", "error", "occurred_at", "due_at", "state"} {
		unlessFailed := "CASE WHEN webhook_deliveries.state = 'failed' THEN excluded." + column + " ELSE webhook_deliveries." + column + " END"
		changes = append(changes, clause.Assignment{Column: clause.Column{Name: column}, Value: gorm.Expr(unlessFailed)})
	}
	conflict := clause.OnConflict{Columns: columnsNamed([]string{"webhook_id", "guid"}), DoUpdates: changes}
	returned := clause.Returning{Columns: columnsNamed([]string{"webhook_id", "guid", "organization_id", "event", "state", "times"})}
	for rows := range slices.Chunk(slices.Clone(arrived), rowsPerStatement) {
		if err := tx.Clauses(conflict, returned).Create(&rows).Error; err != nil {
			return nil, fmt.Errorf("store deliveries: %w", err)
		}
		stored = append(stored, rows...)
	}
	return stored, nil
}

// countDeliveries adds to the meters of hooks what has not arrived before.
func countDeliveries(tx *gorm.DB, arrived, stored []models.Delivery, now time.Time) error {
	times := make(map[deliveryKey]int, len(arrived))
	for _, d := range arrived {
		times[keyOf(d)] = d.Times
	}
	type meter struct { // of our App's deliveries each organization has a row
		hook           string
		organizationID int64
	}
	received, pinged := map[meter]int{}, map[meter]bool{}
	var order []meter
	for _, d := range stored {
		if d.Times > times[keyOf(d)] {
			continue
		}
		at := meter{hook: d.WebhookID}
		if d.WebhookID == models.AppWebhook {
			at.organizationID = d.OrganizationID
		}
		if received[at] == 0 {
			order = append(order, at)
		}
		received[at]++
		pinged[at] = pinged[at] || d.Event == "ping"
	}
	slices.SortFunc(order, func(a, b meter) int {
		return cmp.Or(cmp.Compare(a.hook, b.hook), cmp.Compare(a.organizationID, b.organizationID))
	})
	for _, at := range order {
		columns := map[string]any{"received": gorm.Expr("received + ?", received[at]), "last_delivery_at": now}
		if pinged[at] {
			columns["pinged_at"] = now
		}
		hook := tx.Model(&models.Webhook{}).Where("id = ?", at.hook)
		if at.hook == models.AppWebhook {
			hook = tx.Model(&models.Webhook{}).Where("source = 'app' AND organization_id = ?", at.organizationID)
		}
		if err := hook.UpdateColumns(columns).Error; err != nil {
			return err
		}
	}
	return nil
}

// WebhookSecrets returns a hook and the secrets that its deliveries may be signed
// with: while one is replaced, both. It returns ErrNotFound for an unknown hook.
func (s *Store) WebhookSecrets(ctx context.Context, id string) (hook models.Webhook, secrets []Secret, err error) {
	if err := s.read(ctx).Where("id = ? AND source <> 'app'", id).Take(&hook).Error; err != nil {
		return hook, nil, notFound(err)
	}
	if s.keys == nil {
		return hook, nil, ErrNoKeys
	}
	sealed := map[string]string{"secret": hook.Secret}
	if hook.PreviousUntil != nil && s.now().Before(*hook.PreviousUntil) {
		sealed["previous"] = hook.Previous
	}
	for _, column := range []string{"secret", "previous"} {
		if sealed[column] == "" {
			continue
		}
		secret, err := s.keys.open(sealedPlace("webhooks", column, id), sealed[column])
		if err != nil {
			return hook, nil, err
		}
		secrets = append(secrets, Secret(secret))
	}
	return hook, secrets, nil
}

// DueDeliveries returns up to limit deliveries of an organization that wait to be
// applied, the oldest first. While no active integration reads the organization
// there are none.
func (s *Store) DueDeliveries(ctx context.Context, organizationID int64, limit int) ([]models.Delivery, error) {
	var due []models.Delivery
	err := s.read(ctx).Where("organization_id = ? AND state = 'received' AND due_at <= ?", organizationID, s.now()).
		Where("organization_id IN (?)", s.followed(s.read(ctx))).
		Order("due_at, received_at, guid").Limit(limit).Find(&due).Error
	return due, err
}

// followed are the organizations whose deliveries are applied and whose hints are
// followed: GitHub locks out who keeps coming with a credential that it refuses.
func (s *Store) followed(db *gorm.DB) *gorm.DB {
	return db.Model(&models.Organization{}).Select("organizations.id").
		Joins("JOIN integrations ON integrations.id = organizations.integration_id").
		Joins("JOIN connections ON connections.id = integrations.connection_id").
		Where("integrations.lifecycle = ? AND connections.health <> ?", models.IntegrationActive, models.CredentialInvalid)
}

// Effect is what a delivery changes.
type Effect struct {
	// Hints are the streams to read; an empty kind is what the change probe shows.
	Hints []models.StreamKind
	// Details are the pull requests whose details are asked for again.
	Details []int
	// Gone is proof that a row of a stream does not exist any more.
	Gone     *Proof
	GoneKind models.StreamKind
}

func (e Effect) nothing() bool {
	return len(e.Hints) == 0 && len(e.Details) == 0 && e.Gone == nil
}

// AppliedDelivery is a delivery with its effect.
type AppliedDelivery struct {
	models.Delivery
	Effect
}

// rowsTravel is how long a page that was read before a row was deleted may take to
// be stored.
const rowsTravel = 2 * time.Minute

// ApplyDeliveries writes down what deliveries of one repository change. It ignores
// what the repository or its integration does not want. A deletion of a row that is
// not stored is applied once more, later. It returns those that do not wait any more.
func (s *Store) ApplyDeliveries(ctx context.Context, repositoryID int64, deliveries []AppliedDelivery) (settled []models.Delivery, err error) {
	err = s.write(ctx, func(tx *gorm.DB) (err error) {
		settled = nil
		var repository models.Repository
		err = locked(tx).Where("id = ? AND selection = 'imported' AND purge_requested_at IS NULL", repositoryID).Take(&repository).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			settled, err = s.settleDeliveries(tx, keysOf(deliveries, func(d AppliedDelivery) models.Delivery { return d.Delivery }), models.DeliveryIgnored)
			return err
		}
		if err != nil {
			return err
		}
		var integration models.Integration
		err = tx.Joins("JOIN organizations ON organizations.integration_id = integrations.id").
			Where("organizations.id = ?", repository.OrganizationID).Take(&integration).Error
		switch {
		case errors.Is(err, gorm.ErrRecordNotFound):
			settled, err = s.settleDeliveries(tx, keysOf(deliveries, func(d AppliedDelivery) models.Delivery { return d.Delivery }), models.DeliveryIgnored)
			return err
		case err != nil:
			return err
		case integration.Lifecycle != models.IntegrationActive:
			return nil
		}
		keys := keysOf(deliveries, func(d AppliedDelivery) []any { return []any{d.WebhookID, d.GUID} })
		if err := lockDeliveries(tx.Model(&models.Delivery{}).Where("(webhook_id, guid) IN ?", keys)); err != nil {
			return err
		}
		d := deliveryTx{repairTx: repairTx{tx: tx, repositoryID: repositoryID}, services: integration.Services, now: s.now()}
		err = d.apply(s, deliveries)
		settled = d.settled
		return err
	})
	return settled, err
}

// lockDeliveries takes rows in the order in which deliveries that arrive again do:
// they are changed in another one.
func lockDeliveries(which *gorm.DB) error {
	var locks []string
	return locked(which).Order("webhook_id, guid").Pluck("guid", &locks).Error
}

// inLockOrder is the order in which all transactions lock deliveries.
func inLockOrder(a, b models.Delivery) int {
	return cmp.Or(cmp.Compare(a.WebhookID, b.WebhookID), cmp.Compare(a.GUID, b.GUID))
}

// settleDeliveries ends the waiting of deliveries.
func (s *Store) settleDeliveries(tx *gorm.DB, deliveries []models.Delivery, state models.DeliveryState) (settled []models.Delivery, err error) {
	for _, d := range slices.SortedFunc(slices.Values(deliveries), inLockOrder) {
		err := waitingDelivery(tx, d).Updates(map[string]any{"state": state, "applied_at": s.now()}).Error
		if err != nil {
			return nil, err
		}
		d.State = state
		settled = append(settled, d)
	}
	return settled, nil
}

func waitingDelivery(tx *gorm.DB, d models.Delivery) *gorm.DB {
	return tx.Model(&models.Delivery{}).Where("webhook_id = ? AND guid = ? AND state = 'received'", d.WebhookID, d.GUID)
}

// SettleDeliveries ends the waiting of deliveries that concern no repository that is
// ingested.
func (s *Store) SettleDeliveries(ctx context.Context, deliveries []models.Delivery, state models.DeliveryState) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		_, err := s.settleDeliveries(tx, deliveries, state)
		return err
	})
}

// deliveryTx applies deliveries to one repository, which is locked.
type deliveryTx struct {
	repairTx
	services models.Services
	now      time.Time
	settled  []models.Delivery
}

func (d *deliveryTx) apply(s *Store, deliveries []AppliedDelivery) error {
	hints := map[models.StreamKind]models.Hint{}
	for _, delivery := range deliveries {
		effect := d.wanted(delivery.Effect)
		if effect.nothing() {
			ignored, err := s.settleDeliveries(d.tx, []models.Delivery{delivery.Delivery}, models.DeliveryIgnored)
			if err != nil {
				return err
			}
			d.settled = append(d.settled, ignored...)
			continue
		}
		done, err := d.applyOne(delivery, effect)
		if err != nil {
			return fmt.Errorf("delivery %s: %w", delivery.GUID, err)
		}
		if !done {
			if err := waitingDelivery(d.tx, delivery.Delivery).Update("due_at", d.now.Add(rowsTravel/2)).Error; err != nil {
				return err
			}
			continue
		}
		columns := map[string]any{"state": models.DeliveryApplied, "applied_at": d.now}
		if len(effect.Hints) == 0 { // nothing is left to read
			columns["fresh_at"] = d.now
			delivery.FreshAt = &d.now
		}
		if err := waitingDelivery(d.tx, delivery.Delivery).Updates(columns).Error; err != nil {
			return err
		}
		delivery.State = models.DeliveryApplied
		d.settled = append(d.settled, delivery.Delivery)
		for _, kind := range effect.Hints {
			hint := hints[kind]
			hint.RepositoryID, hint.Kind, hint.HintedAt, hint.DueAt = d.repositoryID, kind, d.now, d.now
			if at := delivery.OccurredAt; at != nil && (hint.OccurredAt == nil || at.After(*hint.OccurredAt)) {
				hint.OccurredAt = at
			}
			hints[kind] = hint
		}
	}
	return saveHints(d.tx, hints)
}

// wanted leaves out what the services do not include.
func (d *deliveryTx) wanted(e Effect) Effect {
	e.Hints = slices.DeleteFunc(slices.Clone(e.Hints), func(kind models.StreamKind) bool {
		return kind != "" && kind != models.Labels && !d.services.Wanted(kind)
	})
	if !d.services.Wanted(models.StreamPullRequestDetails) {
		e.Details = nil
	}
	if e.Gone != nil && !d.services.Wanted(e.GoneKind) {
		e.Gone = nil
	}
	return e
}

// applyOne reports whether it is done: a row that was deleted may still be on its way
// to us.
func (d *deliveryTx) applyOne(delivery AppliedDelivery, effect Effect) (done bool, err error) {
	if len(effect.Details) > 0 {
		err := d.tx.Model(&models.PullRequest{}).Where("repository_id = ? AND number IN ? AND deleted_at IS NULL", d.repositoryID, effect.Details).
			UpdateColumn("details_state", models.DetailsPending).Error
		if err != nil {
			return false, err
		}
	}
	if effect.Gone == nil {
		return true, nil
	}
	table := models.Describe(effect.GoneKind).Table()
	var stored int64
	err = d.tx.Table(table.Name).Where("repository_id = ? AND "+table.Key+" = ?", d.repositoryID, effect.Gone.Key).Count(&stored).Error
	if err != nil || stored == 0 {
		return d.now.Sub(delivery.ReceivedAt) >= rowsTravel, err
	}
	return true, d.softDelete(effect.GoneKind, *effect.Gone)
}

// DeliveriesKept is how long deliveries are remembered. Those that wait are kept for
// longer: their integration may be paused.
const (
	DeliveriesKept        = 7 * 24 * time.Hour
	waitingDeliveriesKept = 30 * 24 * time.Hour
)

// ForgetDeliveries deletes all deliveries that are too old to help anybody, some in each
// transaction: more may come in a minute than one should delete.
func (s *Store) ForgetDeliveries(ctx context.Context) error {
	for {
		now, forgotten := s.now(), int64(0)
		err := s.write(ctx, func(tx *gorm.DB) error {
			old := tx.Model(&models.Delivery{}).Select("webhook_id, guid").
				Where("received_at < ? AND (state <> 'received' OR received_at < ?)", now.Add(-DeliveriesKept), now.Add(-waitingDeliveriesKept)).Limit(rowsPerStatement)
			deleted := tx.Where("(webhook_id, guid) IN (?)", old).Delete(&models.Delivery{})
			forgotten = deleted.RowsAffected
			return deleted.Error
		})
		if err != nil || forgotten == 0 {
			return err
		}
	}
}
