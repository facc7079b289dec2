package store

import (
	"context"
	"crypto/rand"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/models"
)

// Claim is a stream together with what its reader needs to know.
type Claim struct {
	Stream        models.Stream
	Repository    models.Repository
	ConnectionID  string
	IntegrationID string
}

// ClaimStream gives the caller the exclusive right to move a stream: whoever
// claimed it before can no longer store anything. It returns ErrNotFound for an
// unknown repository and ErrServiceDisabled when the stream is not to be read:
// the repository is not imported, the integration not active or the service off.
func (s *Store) ClaimStream(ctx context.Context, repositoryID int64, kind models.StreamKind) (Claim, error) {
	claim := Claim{Stream: models.Stream{RepositoryID: repositoryID, Kind: kind, Fence: rand.Text()}}
	err := s.write(ctx, func(tx *gorm.DB) error {
		repository, integration, err := ingesting(tx, repositoryID, kind)
		if err != nil {
			return err
		}
		claim.Repository = repository
		claim.ConnectionID, claim.IntegrationID = integration.ConnectionID, integration.ID
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
	if repository.Selection != models.Imported || integration.Lifecycle != models.IntegrationActive || !integration.Services.Wanted(kind) {
		return repository, integration, ErrServiceDisabled
	}
	return repository, integration, nil
}

// mine finds the stream's row while the caller still holds its fence.
func mine(tx *gorm.DB, stream *models.Stream) *gorm.DB {
	return tx.Model(&models.Stream{}).
		Where("repository_id = ? AND kind = ? AND fence = ?", stream.RepositoryID, stream.Kind, stream.Fence)
}

// FailStream records that a stream could not be read and returns how many times
// in a row that is. It returns ErrStaleCheckpoint to a caller that has lost the
// stream.
func (s *Store) FailStream(ctx context.Context, stream *models.Stream, code models.Code, message string) (failures int, err error) {
	err = s.write(ctx, func(tx *gorm.DB) error {
		res := mine(tx, stream).Updates(map[string]any{
			"failures":      gorm.Expr("failures + 1"),
			"failing_since": gorm.Expr("coalesce(failing_since, ?)", s.now()),
			"last_code":     code,
			"last_error":    text(message),
		})
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return ErrStaleCheckpoint
		}
		return mine(tx, stream).Pluck("failures", &failures).Error
	})
	return failures, err
}

// PendingCommits returns up to limit commits that lack their details, in the
// order of their SHAs and behind one, with SHA and NodeID only.
func (s *Store) PendingCommits(ctx context.Context, repositoryID int64, after string, limit int) ([]models.Commit, error) {
	var commits []models.Commit
	err := s.read(ctx).Select("repository_id", "sha", "node_id").
		Where("repository_id = ? AND sha > ? AND "+pending, repositoryID, after).
		Order("sha").Limit(limit).Find(&commits).Error
	return commits, err
}

// PendingPullRequests returns up to limit pull requests that lack their
// details, by number and behind one, with Number, NodeID and UpdatedAt only.
func (s *Store) PendingPullRequests(ctx context.Context, repositoryID int64, after, limit int) ([]models.PullRequest, error) {
	var pulls []models.PullRequest
	err := s.read(ctx).Select("repository_id", "number", "node_id", "updated_at").
		Where("repository_id = ? AND number > ? AND "+pending, repositoryID, after).
		Order("number").Limit(limit).Find(&pulls).Error
	return pulls, err
}

// pending is spelled as in the partial indices, or SQLite would not use them.
const pending = "details_state = 'pending' AND deleted_at IS NULL"
