package store

import (
	"context"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/models"
)

// ErrReplaced means that an integration goes on with another connection than the
// one that was asked about.
var ErrReplaced = errors.New("integration has another connection by now")

// Diagnosis is what all checks of an integration have found.
type Diagnosis struct {
	IntegrationID string
	ConnectionID  string // with which GitHub was asked
	Rows          []models.Diagnostic
	// Organizations are those that GitHub was asked about, as it showed them.
	Organizations []models.ConnectionOrganization
	// Recovered: GitHub refused the credential before, and accepts it now.
	Recovered bool
}

// SaveDiagnosis replaces what is known of an integration's checks and of the
// access to its organizations. It returns the organizations that can be read
// again: for each a sync is queued, and the caller wakes its workflow. It returns
// ErrNotFound, ErrDeleting, or ErrReplaced when the integration goes on with
// another connection by now; then nothing is stored.
func (s *Store) SaveDiagnosis(ctx context.Context, d Diagnosis) (resumed []models.Organization, err error) {
	s.stamp(d.Rows, d.IntegrationID)
	d.Organizations = newest(d.Organizations, func(o models.ConnectionOrganization) int64 { return o.OrganizationID }, lastWins)
	err = s.write(ctx, func(tx *gorm.DB) error {
		return s.diagnosed(tx, d, func(i *intent) error {
			if resumed, err = i.resumable(d); err != nil {
				return err
			}
			if err := saveVerdicts(tx, d.Organizations); err != nil {
				return err
			}
			if err := replaceDiagnostics(tx, d); err != nil {
				return err
			}
			if err := i.row().UpdateColumn("diagnosed_at", s.now()).Error; err != nil {
				return err
			}
			return i.queueFor(resumed)
		})
	})
	if err != nil {
		return nil, err
	}
	return resumed, nil
}

// ShowDiagnosis stores what some checks have found, beside what others found the last
// time. SaveDiagnosis comes at the end, and its errors are the same.
func (s *Store) ShowDiagnosis(ctx context.Context, d Diagnosis) error {
	if len(d.Rows) == 0 {
		return nil
	}
	s.stamp(d.Rows, d.IntegrationID)
	return s.write(ctx, func(tx *gorm.DB) error {
		return s.diagnosed(tx, d, func(*intent) error { return saveDiagnostics(tx, d.Rows) })
	})
}

// diagnosed stores something of a diagnosis, unless it is about another connection.
func (s *Store) diagnosed(tx *gorm.DB, d Diagnosis, do func(*intent) error) error {
	if err := lockConnection(tx, d.ConnectionID); err != nil {
		return err
	}
	_, err := s.intendIn(tx, d.IntegrationID, func(i *intent) error {
		if i.integration.ConnectionID != d.ConnectionID {
			return ErrReplaced
		}
		return do(i)
	})
	return err
}

// stamp says of what is not stored yet whose it is, and when it was found.
func (s *Store) stamp(rows []models.Diagnostic, integrationID string) {
	for i := range rows {
		if rows[i].CheckedAt.IsZero() {
			rows[i].IntegrationID, rows[i].CheckedAt = integrationID, s.now()
		}
	}
}

// resumable are the ingested organizations that could not be read before and can
// be now.
func (i *intent) resumable(d Diagnosis) ([]models.Organization, error) {
	if i.integration.Lifecycle != models.IntegrationActive {
		return nil, nil
	}
	var before []models.ConnectionOrganization
	err := i.tx.Where("connection_id = ? AND organization_id IN ?", d.ConnectionID, i.organizations).Find(&before).Error
	if err != nil {
		return nil, err
	}
	couldRead := map[int64]bool{}
	for _, o := range before {
		couldRead[o.OrganizationID] = o.Access.Readable()
	}
	var again []int64
	for _, o := range d.Organizations {
		if o.Access.Readable() && (d.Recovered || !couldRead[o.OrganizationID]) {
			again = append(again, o.OrganizationID)
		}
	}
	var organizations []models.Organization
	err = i.tx.Where("id IN ? AND id IN ?", again, i.organizations).Order("id").Find(&organizations).Error
	return organizations, err
}

func (i *intent) queueFor(organizations []models.Organization) error {
	for _, o := range organizations {
		if _, err := i.store.queueSync(i.tx, i.integration.ID, o.ID, models.TriggerSettings); err != nil {
			return err
		}
	}
	return nil
}

func saveVerdicts(tx *gorm.DB, organizations []models.ConnectionOrganization) error {
	table, err := tableOf[models.ConnectionOrganization](tx)
	if err != nil || len(organizations) == 0 {
		return err
	}
	_, err = upsert(tx, organizations, []string{"connection_id", "organization_id"},
		incoming(columns(table, "connection_id", "organization_id")...))
	return err
}

func replaceDiagnostics(tx *gorm.DB, d Diagnosis) error {
	if err := tx.Where("integration_id = ?", d.IntegrationID).Delete(&models.Diagnostic{}).Error; err != nil || len(d.Rows) == 0 {
		return err
	}
	return saveDiagnostics(tx, d.Rows)
}

func saveDiagnostics(tx *gorm.DB, rows []models.Diagnostic) error {
	return tx.Clauses(clause.OnConflict{UpdateAll: true}).CreateInBatches(rows, rowsPerStatement).Error
}
