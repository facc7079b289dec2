package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

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
		return makeOldFacts(db)
	}}, nil)
}

// MakeFacts makes the words and facts of rows that were not stored by pages.
func (s *Store) MakeFacts(ctx context.Context) error { return s.write(ctx, makeOldFacts) }

// makeOldFacts counts words first, because facts are made of them.
func makeOldFacts(tx *gorm.DB) error {
	for _, table := range []string{"reviews", "review_comments", "issue_comments"} {
		if err := countOldWords(tx, table); err != nil {
			return fmt.Errorf("words of %s: %w", table, err)
		}
	}
	var repositories []int64
	if err := tx.Model(&models.PullRequest{}).Distinct("repository_id").Order("repository_id").Pluck("repository_id", &repositories).Error; err != nil {
		return err
	}
	for _, id := range repositories {
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

// countOldWords walks through a table by its key: no more texts are in memory than one statement has rows.
func countOldWords(tx *gorm.DB, table string) error {
	type row struct {
		RepositoryID, ID int64
		Body             string
	}
	var last row
	for {
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
		last = some[len(some)-1]
	}
}
