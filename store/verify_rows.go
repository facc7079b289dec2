package store

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// VerificationBatch is what a verification compares next.
type VerificationBatch struct {
	Verification models.Verification
	Organization models.Organization
	Integration  models.Integration
	Repositories []models.Repository // by id, behind the verification's cursor; none when it is through
}

// VerificationBatch returns the next repositories of a verification, up to
// limit: imported ones that can be read. It returns ErrNotFound for an unknown
// verification and ErrServiceDisabled while the integration is not active.
func (s *Store) VerificationBatch(ctx context.Context, id string, limit int) (VerificationBatch, error) {
	var b VerificationBatch
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("id = ?", id).Take(&b.Verification).Error; err != nil {
			return notFound(err)
		}
		if err := tx.Where("id = ?", b.Verification.OrganizationID).Take(&b.Organization).Error; err != nil {
			return notFound(err)
		}
		if err := tx.Where("id = ?", b.Verification.IntegrationID).Take(&b.Integration).Error; err != nil {
			return notFound(err)
		}
		if b.Integration.Lifecycle != models.IntegrationActive {
			return ErrServiceDisabled
		}
		return verifiable(tx, b.Verification).Where("repositories.id > ?", b.Verification.Cursor).
			Order("repositories.id").Limit(limit).Find(&b.Repositories).Error
	})
	return b, err
}

// Inventory is what is stored of one repository.
type Inventory struct {
	Streams map[models.StreamKind]models.Stream
	// Alive counts rows, of commits those on the default branch.
	Alive map[models.StreamKind]int
	// Unreadable counts rows that GitHub has and that could not be stored.
	Unreadable map[models.StreamKind]int
	// Gone are the issues and pull requests, by number, that the verification has
	// found to be gone and has left as they are.
	Gone map[int64]models.StreamKind
}

// Inventory counts what is stored of a repository, all at one instant.
func (s *Store) Inventory(ctx context.Context, verificationID string, repositoryID int64) (Inventory, error) {
	i := Inventory{Streams: map[models.StreamKind]models.Stream{}, Alive: map[models.StreamKind]int{}, Unreadable: map[models.StreamKind]int{}, Gone: map[int64]models.StreamKind{}}
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		var streams []models.Stream
		if err := tx.Where("repository_id = ?", repositoryID).Find(&streams).Error; err != nil {
			return err
		}
		for _, stream := range streams {
			i.Streams[stream.Kind] = stream
		}
		for _, kind := range models.ListedStreams {
			if err := i.count(tx, repositoryID, kind, nil); err != nil {
				return err
			}
		}
		var gone []struct {
			Number int64
			Kind   models.StreamKind
		}
		err := tx.Model(&models.Drift{}).Select("CAST(subject AS integer) AS number, kind").
			Where("verification_id = ? AND repository_id = ? AND finding = ? AND repair = ''", verificationID, repositoryID, models.FoundGone).
			Where("kind IN ?", []models.StreamKind{models.StreamPullRequests, models.StreamIssues}).Scan(&gone).Error
		for _, g := range gone {
			i.Gone[g.Number] = g.Kind
		}
		return err
	})
	return i, err
}

// count counts the rows of a stream, and what is marked as unreadable in place of
// rows; with an instant, what was since then.
func (i *Inventory) count(tx *gorm.DB, repositoryID int64, kind models.StreamKind, since *time.Time) error {
	stream := models.Describe(kind)
	table := stream.Table().Name
	alive := tx.Table(table).Where("repository_id = ? AND deleted_at IS NULL", repositoryID)
	if stream.Current != "" {
		alive = alive.Where(stream.Current)
	}
	var rows, unreadable int64
	if err := alive.Count(&rows).Error; err != nil {
		return err
	}
	stored := tx.Table(table).Select("1").Where(table + ".repository_id = unreadable_rows.repository_id AND " + table + ".node_id = unreadable_rows.node_id")
	marks := tx.Model(&models.UnreadableRow{}).Where("repository_id = ? AND kind = ?", repositoryID, kind).Where("NOT EXISTS (?)", stored)
	if since != nil {
		marks = marks.Where("seen_at >= ?", instant(*since))
	}
	err := marks.Count(&unreadable).Error
	i.Alive[kind], i.Unreadable[kind] = int(rows), int(unreadable)
	return err
}

// StoredRow is a row as a verification looks at it.
type StoredRow struct {
	Key       int64 // number of an issue or a pull request, id of a comment
	NodeID    string
	Number    int // of the issue or pull request that it is or belongs to
	CreatedAt time.Time
	UpdatedAt time.Time

	OnPullRequest bool                // of a comment
	DetailsState  models.DetailsState // of a pull request
	Reviews       int                 // of a pull request
	Comments      int                 // in the conversation of an issue or a pull request
}

// columnsOf are the columns of a StoredRow in the table of a kind.
func columnsOf(kind models.StreamKind) string {
	table := models.Describe(kind).Table()
	columns := table.Key + " AS key, node_id, created_at, updated_at"
	if table.Belongs || table.Key == "number" {
		columns += ", number"
	}
	switch kind {
	case models.StreamPullRequests:
		columns += ", details_state"
	case models.StreamReviewComments:
		columns += ", true AS on_pull_request"
	case models.StreamIssueComments:
		columns += ", on_pull_request"
	}
	return columns
}

// StoredRows returns up to limit rows of a listed stream, but not of commits, that
// are alive, by key and behind one.
func (s *Store) StoredRows(ctx context.Context, repositoryID int64, kind models.StreamKind, after int64, limit int) ([]StoredRow, error) {
	return s.storedRows(ctx, repositoryID, kind, limit, models.Describe(kind).Table().Key+" > ?", after)
}

// StoredRowsOf is StoredRows of certain keys.
func (s *Store) StoredRowsOf(ctx context.Context, repositoryID int64, kind models.StreamKind, keys []int64) ([]StoredRow, error) {
	return s.storedRows(ctx, repositoryID, kind, len(keys), models.Describe(kind).Table().Key+" IN ?", keys)
}

func (s *Store) storedRows(ctx context.Context, repositoryID int64, kind models.StreamKind, limit int, which string, value any) ([]StoredRow, error) {
	var rows []StoredRow
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		table := models.Describe(kind).Table()
		err := tx.Table(table.Name).Select(columnsOf(kind)).
			Where("repository_id = ? AND deleted_at IS NULL", repositoryID).Where(which, value).
			Order(table.Key).Limit(limit).Scan(&rows).Error
		if err != nil || len(rows) == 0 {
			return err
		}
		if kind == models.StreamPullRequests {
			err = countBelow(tx, "reviews", repositoryID, rows, func(r *StoredRow, n int) { r.Reviews = n })
		}
		if err == nil && (kind == models.StreamPullRequests || kind == models.StreamIssues) {
			err = countBelow(tx, "issue_comments", repositoryID, rows, func(r *StoredRow, n int) { r.Comments = n })
		}
		return err
	})
	return rows, err
}

// countBelow counts what belongs to issues or pull requests and is alive.
func countBelow(tx *gorm.DB, table string, repositoryID int64, rows []StoredRow, set func(*StoredRow, int)) error {
	var counts []struct{ Number, N int }
	numbers := keysOf(rows, func(r StoredRow) int { return r.Number })
	err := tx.Table(table).Select("number, count(*) AS n").
		Where("repository_id = ? AND number IN ? AND deleted_at IS NULL", repositoryID, numbers).Group("number").Scan(&counts).Error
	byNumber := map[int]int{}
	for _, c := range counts {
		byNumber[c.Number] = c.N
	}
	for i := range rows {
		set(&rows[i], byNumber[rows[i].Number])
	}
	return err
}

// ConversationRows returns the comments of issues and pull requests that are
// alive, by id.
func (s *Store) ConversationRows(ctx context.Context, repositoryID int64, numbers []int) ([]StoredRow, error) {
	var rows []StoredRow
	for some := range slices.Chunk(numbers, rowsPerStatement) {
		var found []StoredRow
		err := s.read(ctx).Table("issue_comments").Select(columnsOf(models.StreamIssueComments)).
			Where("repository_id = ? AND number IN ? AND deleted_at IS NULL", repositoryID, some).
			Order("id").Scan(&found).Error
		if err != nil {
			return nil, err
		}
		rows = append(rows, found...)
	}
	return rows, nil
}
