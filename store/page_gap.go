package store

import (
	"fmt"
	"strings"

	"gorm.io/gorm"

	"tributary/models"
)

// addGap adds what a finished pass leaves missing to the columns of its stream:
// what its reader says, else what GitHub could not tell of rows and may tell
// yet. complete_through stands still meanwhile.
func (s *Store) addGap(tx *gorm.DB, columns map[string]any, stream *models.Stream, page models.Page, services models.Services) error {
	gap := page.Gap
	if gap.Code == "" {
		var err error
		if gap, err = untoldParts(tx, stream, services); err != nil {
			return fmt.Errorf("gap: %w", err)
		}
	}
	columns["gap_code"], columns["gap_detail"], columns["gap_since"], columns["gap_retry_at"] = gap.Code, gap.Detail, nil, gap.RetryAt
	if gap.Code != "" {
		columns["gap_since"] = gorm.Expr("coalesce(gap_since, ?)", s.now())
		columns["complete_through"] = stream.Checkpoint.CompleteThrough
	}
	return nil
}

// untoldParts counts the rows of a stream's queues that GitHub is asked for
// again. What is proven never to be told is no gap: nothing will close it.
func untoldParts(tx *gorm.DB, stream *models.Stream, services models.Services) (models.Gap, error) {
	var parts []string
	var reason string
	for _, q := range queuesOf(stream.Kind) {
		if !q.listedFor(services) {
			continue
		}
		var untold struct {
			N      int
			Reason string
		}
		err := tx.Table(q.Table.Name).Select("count(*) AS n, coalesce(min("+q.Prefix+"_reason), '') AS reason").
			Where("repository_id = ? AND "+q.every()+" AND "+q.untold(), stream.RepositoryID).Scan(&untold).Error
		if err != nil {
			return models.Gap{}, err
		}
		if untold.N > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", untold.N, models.Words(q.Table.Name)))
			reason = untold.Reason
		}
	}
	if len(parts) == 0 {
		return models.Gap{}, nil
	}
	return models.Gap{Code: models.PartsUnavailable, Detail: strings.Join(parts, " and ") + ": " + reason}, nil
}
