package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// mostIncomplete is how many repositories a report names.
const mostIncomplete = 100

// behindNow is how far a copy is behind while nothing is wrong with it.
const behindNow = 2 * time.Hour

// IncompleteRepository is a repository of which a report lacks something.
type IncompleteRepository struct {
	RepositoryID int64
	Repository   string // owner/name
	Kinds        []models.StreamKind
	// CompleteThrough is the oldest of these streams; nil while one was never read to its end.
	CompleteThrough *time.Time
}

// Incomplete returns the repositories of which streams of some kinds, as far as they are
// wanted, do not reach to the end of a period or to now, by name and at most 100, and
// how many there are. What fills in rows reaches as far as nothing is wrong with it. With a
// service only repositories for which that is on are meant: comments are wanted for tickets too.
func (s *Store) Incomplete(ctx context.Context, f ReportFilter, service models.Service, kinds []models.StreamKind, end time.Time) (rows []IncompleteRepository, total int, err error) {
	if len(kinds) == 0 {
		return nil, 0, nil
	}
	var of, behind strings.Builder
	for i, kind := range kinds {
		if i > 0 {
			of.WriteString(" UNION ALL ")
		}
		fmt.Fprintf(&of, "SELECT '%s' AS kind, %d AS place", kind, i)
		condition := troubled
		if models.Describe(kind).Listed() {
			condition = "CASE WHEN complete_through IS NULL THEN " + somethingToRead(kind) + " ELSE complete_through < @usual OR complete_through < @end AND " + troubled + " END"
		}
		fmt.Fprintf(&behind, "WHEN '%s' THEN %s ", kind, condition)
	}
	if now := s.now(); end.After(now) {
		end = now
	}
	wanted := wantedKinds("kinds.kind")
	if service != "" {
		wanted += " AND service_" + string(service)
	}
	usual := s.now().Add(-behindNow)
	if end.Before(usual) {
		usual = end
	}
	var found []incompleteStream
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		covered := f.repositories(tx.Session(&gorm.Session{NewDB: true}).Table("v_repositories")).Select("repository_id, repository, integration_id")
		return tx.Raw(`WITH behind AS (
				SELECT covered.repository_id, covered.repository, kinds.kind, kinds.place AS kind_place, streams.complete_through
				FROM (@covered) AS covered JOIN repositories ON repositories.id = covered.repository_id JOIN integrations ON integrations.id = covered.integration_id
				JOIN (`+of.String()+`) AS kinds ON `+wanted+`
				LEFT JOIN streams ON streams.repository_id = covered.repository_id AND streams.kind = kinds.kind
				WHERE CASE kinds.kind `+behind.String()+` END),
			numbered AS (SELECT *, dense_rank() OVER (ORDER BY lower(repository), repository_id) AS place FROM behind)
			SELECT repository_id, substr(repository, 1, 300) AS repository, kind, `+instantText(tx, "complete_through")+` AS through,
				(SELECT max(place) FROM numbered) AS total
			FROM numbered WHERE place <= @most ORDER BY place, kind_place`,
			map[string]any{"covered": covered, "usual": usual.UTC(), "end": end.UTC(), "most": mostIncomplete}).Scan(&found).Error
	})
	if len(found) > 0 {
		total = found[0].Total
	}
	return byRepository(found), total, err
}

// troubled holds for a stream that fails or has a gap.
const troubled = "(failing_since IS NOT NULL OR coalesce(gap_code, '') <> '')"

// incompleteStream is a stream that a report lacks something of.
type incompleteStream struct {
	RepositoryID int64
	Repository   string
	Kind         models.StreamKind
	Through      string // as text; empty while it was never read to its end
	Total        int
}

// byRepository makes one of the streams of each repository, which follow each other.
func byRepository(streams []incompleteStream) (rows []IncompleteRepository) {
	for _, stream := range streams {
		listed := models.Describe(stream.Kind).Listed()
		through := (*time.Time)(nil)
		if at, err := time.Parse(instantLayout, stream.Through); err == nil {
			through = new(at.UTC())
		}
		last := len(rows) - 1
		if last < 0 || rows[last].RepositoryID != stream.RepositoryID {
			rows = append(rows, IncompleteRepository{stream.RepositoryID, stream.Repository, []models.StreamKind{stream.Kind}, through})
			continue
		}
		row := &rows[last]
		row.Kinds = append(row.Kinds, stream.Kind)
		if listed && row.CompleteThrough != nil && (through == nil || through.Before(*row.CompleteThrough)) {
			row.CompleteThrough = through
		}
	}
	return rows
}
