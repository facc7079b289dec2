package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"gorm.io/gorm"

	"tributary/models"
)

// factsOfOldRows is the second part of migration 18: what pages store of a row beside it, for the rows that were stored
// before. It is done again, and harmlessly, when it was interrupted. Going down does nothing: part one drops all of it.
func (s *Store) factsOfOldRows() *goose.Migration {
	return goose.NewGoMigration(19, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		db := s.writer.WithContext(ctx)
		db.Statement.ConnPool = tx
		return s.makeOldFacts(db)
	}}, nil)
}

// MakeFacts makes the words and facts of rows that were not stored by pages.
func (s *Store) MakeFacts(ctx context.Context) error { return s.write(ctx, s.makeOldFacts) }

// makeOldFacts counts words first, because facts are made of them.
func (s *Store) makeOldFacts(tx *gorm.DB) error {
	tell := s.tell()
	for _, table := range []string{"reviews", "review_comments", "issue_comments"} {
		if err := countOldWords(tx, table, tell); err != nil {
			return fmt.Errorf("words of %s: %w", table, err)
		}
	}
	var repositories []int64
	if err := tx.Model(&models.PullRequest{}).Distinct("repository_id").Order("repository_id").Pluck("repository_id", &repositories).Error; err != nil {
		return err
	}
	for i, id := range repositories {
		tell("facts of pull requests: %d of %d repositories", i, len(repositories))
		var numbers []int
		if err := tx.Model(&models.PullRequest{}).Where("repository_id = ? AND deleted_at IS NULL", id).Pluck("number", &numbers).Error; err != nil {
			return err
		}
		if err := refreshFacts(tx, id, numbers); err != nil {
			return fmt.Errorf("repository %d: %w", id, err)
		}
	}
	return nil
}

// tell passes on how far a migration is, once a second.
func (s *Store) tell() func(what string, numbers ...any) {
	last := time.Now()
	return func(what string, numbers ...any) {
		if s.migrating != nil && time.Since(last) >= time.Second {
			last = time.Now()
			s.migrating(fmt.Sprintf(what, numbers...))
		}
	}
}

// countOldWords walks through a table by its key: no more texts are in memory than one statement has rows.
func countOldWords(tx *gorm.DB, table string, tell func(string, ...any)) error {
	type row struct {
		RepositoryID, ID int64
		Body             string
	}
	var last row
	for n := 0; ; {
		var some []row
		err := tx.Table(table).Select("repository_id", "id", "body").Where("words IS NULL AND (repository_id, id) > (?, ?)", last.RepositoryID, last.ID).
			Order("repository_id, id").Limit(rowsPerStatement).Find(&some).Error
		if err != nil || len(some) == 0 {
			return err
		}
		vars := make([]any, 0, 3*len(some))
		for _, r := range some {
			vars = append(vars, r.RepositoryID, r.ID, countWords(r.Body))
		}
		values := "(CAST(? AS bigint), CAST(? AS bigint), CAST(? AS bigint))" + strings.Repeat(", (?, ?, ?)", len(some)-1)
		err = tx.Exec("WITH counted (repository_id, id, words) AS (VALUES "+values+") UPDATE "+table+" SET words = counted.words FROM counted WHERE "+
			table+".repository_id = counted.repository_id AND "+table+".id = counted.id", vars...).Error
		if err != nil {
			return err
		}
		last, n = some[len(some)-1], n+len(some)
		tell("words of %s: %d counted", table, n)
	}
}
