package store

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/models"
)

// savePlain stores rows as they are listed. The newer of two states counts, as
// with saveListed.
func (p *pageTx) savePlain(page models.Page) error {
	kind := models.Describe(p.kind)
	if kind.Plain == nil {
		return nil
	}
	if page.Whole != nil {
		if err := p.softDeleteUnlisted(kind, page.Plain, *page.Whole); err != nil {
			return err
		}
	}
	statement := gorm.Statement{DB: p.tx}
	if err := statement.Parse(kind.Plain); err != nil {
		return err
	}
	table := statement.Schema
	key := []string{"repository_id", "id"}
	changes := append(incoming(columns(table, "repository_id", "id", "deleted_at", "deleted_reason")...), p.revival(table.Table)...)
	records := newestPlain(page.Plain)
	fresh, err := createPlain(p.tx, kind.Plain, records, keepStored(key))
	p.counts[table.Table] += fresh
	p.grow(p.kind, fresh)
	if err != nil || fresh == int64(len(records)) {
		return err
	}
	changed, err := createPlain(p.tx, kind.Plain, records, onConflict(table.Table, key, changes, []string{"excluded.updated_at >= " + table.Table + ".updated_at"}))
	p.counts[table.Table] += changed // the fresh ones are equal by now
	return err
}

// newestPlain drops duplicates and sorts by id, as newest does.
func newestPlain(rows []models.PlainRecord) []models.PlainRecord {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b models.PlainRecord) int {
		return cmp.Or(cmp.Compare(a.Key(), b.Key()), b.Updated().Compare(a.Updated()))
	})
	return slices.CompactFunc(rows, func(a, b models.PlainRecord) bool { return a.Key() == b.Key() })
}

// createPlain inserts records, for which gorm needs a slice of their own type.
func createPlain(tx *gorm.DB, of models.PlainRecord, records []models.PlainRecord, conflict clause.OnConflict) (affected int64, err error) {
	for some := range slices.Chunk(records, rowsPerStatement) {
		rows := reflect.New(reflect.SliceOf(reflect.TypeOf(of).Elem()))
		for _, record := range some {
			rows.Elem().Set(reflect.Append(rows.Elem(), reflect.ValueOf(record).Elem()))
		}
		res := tx.Clauses(conflict).Create(rows.Interface())
		if res.Error != nil {
			return affected, fmt.Errorf("store %T: %w", of, res.Error)
		}
		affected += res.RowsAffected
	}
	return affected, nil
}

// softDeleteUnlisted puts a tombstone on rows that are stored, were changed before
// an instant, and that a page with all of them does not have.
func (p *pageTx) softDeleteUnlisted(kind models.Description, listed []models.PlainRecord, before time.Time) error {
	there := map[int64]bool{}
	for _, row := range listed {
		there[row.Key()] = true
	}
	return softDeleteUnnamed(p, kind.Plain, "id", there, clause.Expr{SQL: "updated_at < ?", Vars: []any{instant(before)}})
}
