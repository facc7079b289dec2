package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/models"
)

// ErrDeleting means that an integration is being deleted and takes no more
// orders.
var ErrDeleting = errors.New("integration is being deleted")

// The methods below write down what an operator wants of an integration,
// together with what follows from it: syncs that must stop, and syncs that are
// queued. Doing one again changes nothing. Each returns the organizations that
// the integration ingests, so that the caller wakes their workflows. It returns
// ErrNotFound for an unknown integration, or ErrDeleting.

// PauseIntegration stops an integration: from now on no page of it is stored,
// its running syncs are asked to stop, and its queued ones end.
func (s *Store) PauseIntegration(ctx context.Context, id string) (organizations []int64, err error) {
	return s.intend(ctx, id, func(i *intent) error {
		return i.stop(models.IntegrationPaused)
	})
}

// ResumeIntegration lets a paused integration go on. Of each organization a
// sync is queued, which begins at the checkpoints.
func (s *Store) ResumeIntegration(ctx context.Context, id string) (organizations []int64, err error) {
	return s.intend(ctx, id, func(i *intent) error {
		if i.integration.Lifecycle != models.IntegrationPaused {
			return nil
		}
		if err := i.change("lifecycle", models.IntegrationActive); err != nil {
			return err
		}
		i.integration.Lifecycle = models.IntegrationActive
		return i.queue()
	})
}

// SetServices switches services on and off, and returns those that are on now
// and were off. For them a sync of each organization is queued, which reads what
// was missed. Of those that are off now no page is stored any more; what is
// stored stays.
func (s *Store) SetServices(ctx context.Context, id string, services models.Services) (begun models.Services, organizations []int64, err error) {
	organizations, err = s.intend(ctx, id, func(i *intent) error {
		before := i.integration.Services
		begun = models.Services{
			Repos:        services.Repos && !before.Repos,
			PullRequests: services.PullRequests && !before.PullRequests,
			Tickets:      services.Tickets && !before.Tickets,
		}
		err := i.row().Updates(map[string]any{
			"service_repos": services.Repos, "service_pull_requests": services.PullRequests, "service_tickets": services.Tickets,
		}).Error
		if err != nil {
			return err
		}
		if err := i.awaitPages(); err != nil || begun == (models.Services{}) {
			return err
		}
		return i.queue()
	})
	return begun, organizations, err
}

// SetBackfillFrom changes how far back an integration is read; nil is from the
// beginning. Further back than before queues a sync of each organization. Less
// far back changes nothing of what is stored.
func (s *Store) SetBackfillFrom(ctx context.Context, id string, from *time.Time) (organizations []int64, err error) {
	return s.intend(ctx, id, func(i *intent) error {
		before := i.integration.BackfillFrom
		if err := i.change("backfill_from", from); err != nil {
			return err
		}
		if before == nil || from != nil && !from.Before(*before) {
			return nil
		}
		return i.queue()
	})
}

// ReplaceConnection lets an integration go on with another connection. Its
// running syncs are asked to stop and a sync of each organization is queued, so that
// what was begun is finished with the new credential. The wizard's connection of
// the GitHub App is used up: the integration goes on as the installation on its
// one organization. It also returns ErrNotFound for an unknown connection,
// ErrOneOrganizationOnly and ErrNotInstalled.
func (s *Store) ReplaceConnection(ctx context.Context, integrationID, connectionID string) (organizations []int64, err error) {
	err = s.write(ctx, func(tx *gorm.DB) error {
		connectionID, err := s.takeOver(tx, integrationID, connectionID)
		if err != nil {
			return err
		}
		organizations, err = s.intendIn(tx, integrationID, func(i *intent) error {
			if i.integration.ConnectionID == connectionID {
				return nil
			}
			if err := i.change("connection_id", connectionID); err != nil {
				return err
			}
			if err := i.cancel(models.SyncRunning); err != nil {
				return err
			}
			return i.queue()
		})
		return err
	})
	return organizations, err
}

// InvalidateCredential records that GitHub refused the credential of a sync. Of
// one that is to stop it records nothing: what the integration goes on with may
// be another credential by now. The tokens of an installation of our App come and
// go; none of them is the connection's credential.
func (s *Store) InvalidateCredential(ctx context.Context, syncID string) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		connection := tx.Model(&models.Integration{}).Select("connection_id").
			Joins("JOIN syncs ON syncs.integration_id = integrations.id").
			Where("syncs.id = ? AND NOT syncs.cancel_requested", syncID)
		return tx.Model(&models.Connection{}).Where("id = (?) AND installation_id IS NULL", connection).Update("health", models.CredentialInvalid).Error
	})
}

// intent is an integration that is locked for what somebody wants of it.
type intent struct {
	store         *Store
	tx            *gorm.DB
	integration   models.Integration
	organizations []int64
}

func (s *Store) intend(ctx context.Context, integrationID string, do func(*intent) error) (organizations []int64, err error) {
	err = s.write(ctx, func(tx *gorm.DB) error {
		organizations, err = s.intendIn(tx, integrationID, do)
		return err
	})
	return organizations, err
}

func (s *Store) intendIn(tx *gorm.DB, integrationID string, do func(*intent) error) ([]int64, error) {
	i := &intent{store: s, tx: tx}
	if err := locked(tx).Where("id = ?", integrationID).Take(&i.integration).Error; err != nil {
		return nil, notFound(err)
	}
	if i.integration.Lifecycle == models.IntegrationDeleting {
		return nil, ErrDeleting
	}
	var err error
	if i.organizations, err = ingestedBy(tx, integrationID); err != nil {
		return nil, err
	}
	return i.organizations, do(i)
}

// ingestedBy are the organizations that an integration has claimed or that were
// chosen when it was created, which shows in their first sync.
func ingestedBy(tx *gorm.DB, integrationID string) (ids []int64, err error) {
	err = tx.Model(&models.Organization{}).
		Where("integration_id = ? OR integration_id = '' AND EXISTS (SELECT 1 FROM syncs WHERE syncs.organization_id = organizations.id AND syncs.integration_id = ?)",
			integrationID, integrationID).
		Order("id").Pluck("id", &ids).Error
	return ids, err
}

func (i *intent) row() *gorm.DB {
	return i.tx.Model(&models.Integration{}).Where("id = ?", i.integration.ID)
}

func (i *intent) change(column string, value any) error { return i.row().Update(column, value).Error }

// stop gives an integration a lifecycle in which nothing runs, and ends what does.
func (i *intent) stop(lifecycle models.Lifecycle) error {
	if err := i.change("lifecycle", lifecycle); err != nil {
		return err
	}
	if err := i.awaitPages(); err != nil {
		return err
	}
	return i.cancel(models.SyncRunning, models.SyncQueued)
}

// awaitPages waits until pages are stored that began to be before the change. A
// page holds its repository's lock while it looks whether it is wanted, so those
// that come later wait for us and see the change.
func (i *intent) awaitPages() error {
	var ids []int64
	return i.tx.Model(&models.Repository{}).Clauses(clause.Locking{Strength: "SHARE"}).
		Where("organization_id IN ? AND selection = ?", i.organizations, models.Imported).Order("id").Pluck("id", &ids).Error
}

// cancel asks for the end of the syncs in some states. Queued ones end at once;
// running ones are ended by their workflow.
func (i *intent) cancel(states ...models.SyncState) error {
	for _, state := range states {
		var ids []string
		err := locked(i.tx).Model(&models.Sync{}).
			Where("integration_id = ? AND state = ?", i.integration.ID, state).Order("id").Pluck("id", &ids).Error
		if err != nil {
			return err
		}
		columns := map[string]any{"cancel_requested": true}
		if state == models.SyncQueued {
			columns["state"], columns["ended_at"] = models.SyncCancelled, i.store.now()
		}
		if err := i.tx.Model(&models.Sync{}).Where("id IN ?", ids).Updates(columns).Error; err != nil {
			return err
		}
	}
	return nil
}

// queue queues a sync of each organization. A paused integration gets them when
// it is resumed.
func (i *intent) queue() error {
	if i.integration.Lifecycle != models.IntegrationActive {
		return nil
	}
	for _, id := range i.organizations {
		if _, err := i.store.queueSync(i.tx, i.integration.ID, id, models.TriggerSettings); err != nil {
			return err
		}
	}
	return nil
}
