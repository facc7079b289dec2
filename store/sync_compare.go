package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// RepositoriesToCompare returns up to limit repositories of an organization, by id, whose
// pull requests were last compared before an instant. Those that cannot be
// read, or whose pull requests are not complete yet, are not among them.
func (s *Store) RepositoriesToCompare(ctx context.Context, organizationID int64, before time.Time, limit int) ([]int64, error) {
	var ids []int64
	err := s.read(ctx).Model(&models.Stream{}).
		Joins("JOIN repositories ON repositories.id = streams.repository_id").
		Joins("JOIN organizations ON organizations.id = repositories.organization_id").
		Joins("JOIN integrations ON integrations.id = organizations.integration_id").
		Where("organizations.id = ? AND integrations.service_pull_requests", organizationID).
		Where("repositories.selection = 'imported' AND repositories.access_code = '' AND repositories.deleted_at IS NULL").
		Where("streams.kind = ? AND streams.complete_through IS NOT NULL AND coalesce(streams.compared_at, streams.complete_through) < ?",
			models.StreamPullRequestDetails, instant(before)).
		Order("streams.repository_id").Limit(limit).Pluck("streams.repository_id", &ids).Error
	return ids, err
}

// ActivePullRequests returns the pull requests of repositories that are open or
// were updated since an instant, as far as their details are stored, with
// NodeID, UpdatedAt, ReviewsCount and CommentsCount beside their key.
func (s *Store) ActivePullRequests(ctx context.Context, repositoryIDs []int64, since time.Time) ([]models.PullRequest, error) {
	var pulls []models.PullRequest
	err := s.read(ctx).Select("repository_id", "number", "node_id", "updated_at", "reviews_count", "comments_count").
		Where("repository_id IN ? AND (state = 'open' OR updated_at >= ?)", repositoryIDs, instant(since)).
		Where("details_state = 'done' AND deleted_at IS NULL").
		Order("repository_id, number").Find(&pulls).Error
	return pulls, err
}

// Moved is a pull request that has changed although no probe showed it.
type Moved struct {
	RepositoryID int64
	Number       int
	UpdatedAt    time.Time // at GitHub
	Newer        bool      // than what is stored
	Comments     bool      // GitHub has more in its conversation
}

// NoticeMoved lets the next sync read what has moved, and records that the pull
// requests of some repositories were compared.
func (s *Store) NoticeMoved(ctx context.Context, moved []Moved, compared []int64, at time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := locked(tx).Select("id").Where("id IN ?", compared).Order("id").Find(&[]models.Repository{}).Error; err != nil {
			return err
		}
		for _, m := range moved {
			if err := notice(tx, m); err != nil {
				return err
			}
		}
		return tx.Model(&models.Stream{}).Where("repository_id IN ? AND kind = ?", compared, models.StreamPullRequestDetails).
			Update("compared_at", at).Error
	})
}

func notice(tx *gorm.DB, m Moved) error {
	err := tx.Model(&models.PullRequest{}).Where("repository_id = ? AND number = ?", m.RepositoryID, m.Number).
		UpdateColumn("details_state", models.DetailsPending).Error
	if err == nil && m.Newer {
		_, err = rereadStream(tx, m.RepositoryID, models.StreamPullRequests, m.UpdatedAt)
	}
	if err == nil && m.Comments {
		_, err = rereadStream(tx, m.RepositoryID, models.StreamIssueComments, m.UpdatedAt)
	}
	return err
}
