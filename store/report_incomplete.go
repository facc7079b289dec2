package store

import (
	"context"
	"time"

	"tributary/models"
)

// IncompleteRepository is a repository of which a report lacks something.
type IncompleteRepository struct {
	RepositoryID int64
	Repository   string // owner/name
	Kinds        []models.StreamKind
	// CompleteThrough is the oldest of these streams; nil while one was never read to its end.
	CompleteThrough *time.Time
}

// Incomplete returns the repositories of which streams of some kinds do not reach to the
// end of a period, by name and at most 100, and how many there are.
func (s *Store) Incomplete(ctx context.Context, f ReportFilter, kinds []models.StreamKind, end time.Time) (rows []IncompleteRepository, total int, err error) {
	return nil, 0, nil
}
