package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// Held is how much is stored of a list.
type Held struct {
	Alive      int64 // rows without a tombstone
	Unreadable int64 // rows that GitHub has shown and nobody could read
}

// Holds counts what is stored of one of the lists of a repository. Of a list that
// was read again, only what could not be read since then.
func (s *Store) Holds(ctx context.Context, repositoryID int64, kind models.StreamKind, reread *time.Time) (Held, error) {
	i := Inventory{Alive: map[models.StreamKind]int{}, Unreadable: map[models.StreamKind]int{}}
	err := s.snapshot(ctx, func(tx *gorm.DB) error { return i.count(tx, repositoryID, kind, reread) })
	return Held{Alive: int64(i.Alive[kind]), Unreadable: int64(i.Unreadable[kind])}, err
}

// ParentsNotReached counts the commits that a walk from a head did not list: the
// head, and parents of those that it listed.
func (s *Store) ParentsNotReached(ctx context.Context, repositoryID int64, head string) (int64, error) {
	return s.orphans(ctx, repositoryID, head, "known.reached_from = @head")
}

// ParentsOffBranch counts those of the same that are not known to be on the
// default branch.
func (s *Store) ParentsOffBranch(ctx context.Context, repositoryID int64, head string) (int64, error) {
	return s.orphans(ctx, repositoryID, head, "known.on_default_branch")
}

// orphans subtracts sets, which both databases do in one pass: what is looked up row by row
// takes hours where Postgres has no statistics yet, as in each first copy.
func (s *Store) orphans(ctx context.Context, repositoryID int64, head, known string) (n int64, err error) {
	tx, parents := s.read(ctx), "json_each(commits.parents) AS parent"
	if tx.Name() == "postgres" {
		parents = "jsonb_array_elements_text(commits.parents) AS parent(value)"
	}
	err = tx.Raw(`SELECT count(*) FROM (
			SELECT CAST(@head AS text) AS sha UNION SELECT parent.value FROM commits, `+parents+` WHERE repository_id = @repository AND reached_from = @head
			EXCEPT SELECT known.sha FROM commits AS known WHERE known.repository_id = @repository AND `+known+`
		) AS unknown`,
		map[string]any{"repository": repositoryID, "head": head}).Scan(&n).Error
	return n, err
}
