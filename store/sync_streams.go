package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/models"
)

// Claim is a stream together with what its reader needs to know.
type Claim struct {
	Stream      models.Stream
	Repository  models.Repository
	Integration models.Integration
}

// ClaimStream gives the caller the exclusive right to move a stream: the one that
// claimed it before can no longer store anything. It returns ErrNotFound for an
// unknown repository and ErrServiceDisabled when the stream must not be read:
// the repository is not imported or its records are being deleted, the
// integration is not active, or the service is off.
func (s *Store) ClaimStream(ctx context.Context, repositoryID int64, kind models.StreamKind) (Claim, error) {
	claim := Claim{Stream: models.Stream{RepositoryID: repositoryID, Kind: kind, Fence: rand.Text(), ComparedAt: new(s.now())}}
	err := s.write(ctx, func(tx *gorm.DB) error {
		repository, integration, err := ingesting(tx, repositoryID, kind)
		if err != nil {
			return err
		}
		claim.Repository, claim.Integration = repository, integration
		return tx.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "repository_id"}, {Name: "kind"}},
			DoUpdates: clause.AssignmentColumns([]string{"fence"}),
		}, clause.Returning{}).Create(&claim.Stream).Error
	})
	return claim, err
}

// ingesting locks a repository, so that one page at a time is stored for it,
// and checks that this kind of its records is wanted. The integration is read
// after the lock is held: an intent that was written while we waited counts.
func ingesting(tx *gorm.DB, repositoryID int64, kind models.StreamKind) (models.Repository, models.Integration, error) {
	var repository models.Repository
	var integration models.Integration
	if err := locked(tx).Where("id = ?", repositoryID).Take(&repository).Error; err != nil {
		return repository, integration, notFound(err)
	}
	err := tx.Joins("JOIN organizations ON organizations.integration_id = integrations.id").
		Where("organizations.id = ?", repository.OrganizationID).Take(&integration).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return repository, integration, err
	}
	wanted := repository.Selection == models.Imported && repository.PurgeRequestedAt == nil
	if !wanted || integration.Lifecycle != models.IntegrationActive || !integration.Services.Wanted(kind) {
		return repository, integration, ErrServiceDisabled
	}
	return repository, integration, nil
}

// heldStream finds the stream's row while the caller still holds its fence.
func heldStream(tx *gorm.DB, stream *models.Stream) *gorm.DB {
	return tx.Model(&models.Stream{}).
		Where("repository_id = ? AND kind = ? AND fence = ?", stream.RepositoryID, stream.Kind, stream.Fence)
}

// FailStream records that a stream could not be read and returns how many times
// in a row that is. It returns ErrStaleCheckpoint to a caller that has lost the
// stream.
func (s *Store) FailStream(ctx context.Context, stream *models.Stream, code models.Code, message string) (failures int, err error) {
	err = s.write(ctx, func(tx *gorm.DB) error {
		res := heldStream(tx, stream).Updates(map[string]any{
			"failures":      gorm.Expr("failures + 1"),
			"failing_since": gorm.Expr("coalesce(failing_since, ?)", s.now()),
			"last_code":     code,
			"last_error":    message,
		})
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return ErrStaleCheckpoint
		}
		return heldStream(tx, stream).Pluck("failures", &failures).Error
	})
	return failures, err
}

// somethingToRead holds for repositories in which the change probe shows anything
// that a listed stream follows. In the others the list is never read, and is
// complete as it is.
func somethingToRead(kind models.StreamKind) string {
	var marks []string
	for _, marked := range models.Describe(kind).Marks {
		marks = append(marks, fmt.Sprintf("repositories.probe -> '%s' IS NOT NULL", marked))
	}
	return "(" + strings.Join(marks, " OR ") + ")"
}

// wantedStreams holds for the streams that the services of an integration
// include, whose columns are service_….
func wantedStreams() string { return wantedKinds("streams.kind") }

// wantedKinds is the same of kinds that are in another column.
func wantedKinds(column string) string {
	var kinds strings.Builder
	for _, d := range models.Streams {
		var services []string
		for _, service := range d.Services {
			services = append(services, "service_"+string(service))
		}
		fmt.Fprintf(&kinds, "WHEN '%s' THEN %s ", d.Kind, strings.Join(services, " OR "))
	}
	return "(CASE " + column + " " + kinds.String() + "END)"
}
