package store

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/schema"
)

// rowsPerStatement keeps statements below SQLite's 32,766 parameters (and
// Postgres's 65,535) with 65 columns; the widest table has half of that.
const rowsPerStatement = 500

// newest drops duplicates, which Postgres refuses within one statement, and
// sorts by key, so that all transactions lock rows in one order. Of two rows
// with one key the newer stays, or the last where age does not differ.
func newest[T any, K cmp.Ordered](rows []T, key func(T) K, age func(T) time.Time) []T {
	found := make(map[K]T, len(rows))
	for _, row := range rows {
		if other, twice := found[key(row)]; !twice || !age(row).Before(age(other)) {
			found[key(row)] = row
		}
	}
	return slices.SortedFunc(maps.Values(found), func(a, b T) int { return cmp.Compare(key(a), key(b)) })
}

// change is one column of an upsert and its value once the row exists.
type change struct {
	column string
	value  clause.Expr
}

// incoming changes columns to what the new row has.
func incoming(columns ...string) []change {
	changes := make([]change, len(columns))
	for i, column := range columns {
		changes[i] = change{column, clause.Expr{SQL: "excluded." + column}}
	}
	return changes
}

// upsert inserts rows or applies the changes to those that exist and for which
// all conditions hold. It returns how many rows are new or changed.
func upsert[T any](tx *gorm.DB, rows []T, key []string, changes []change, when ...string) (int64, error) {
	table, err := tableOf[T](tx)
	if err != nil {
		return 0, err
	}
	return create(tx, rows, onConflict(table.Table, key, changes, when))
}

func create[T any](tx *gorm.DB, rows []T, conflict clause.OnConflict) (affected int64, err error) {
	for slice := range slices.Chunk(rows, rowsPerStatement) {
		res := tx.Clauses(conflict).Create(&slice)
		if res.Error != nil {
			return affected, fmt.Errorf("store %T: %w", rows, res.Error)
		}
		affected += res.RowsAffected
	}
	return affected, nil
}

// insertNew inserts the rows that do not exist yet and returns how many those
// are. On a first ingestion they are all of them, and one statement is enough.
func insertNew[T any](tx *gorm.DB, rows []T, key ...string) (int64, error) {
	return create(tx, rows, keepStored(key))
}

// keepStored leaves rows that exist as they are.
func keepStored(key []string) clause.OnConflict {
	return clause.OnConflict{DoNothing: true, Columns: columnsNamed(key)}
}

func columnsNamed(names []string) (columns []clause.Column) {
	for _, name := range names {
		columns = append(columns, clause.Column{Name: name})
	}
	return columns
}

// onConflict compares before it writes: an unchanged row costs no write, and
// the count of affected rows is exact.
func onConflict(table string, key []string, changes []change, when []string) clause.OnConflict {
	conflict := clause.OnConflict{Columns: columnsNamed(key)}
	var before, after []string
	var vars []any
	for _, c := range changes {
		conflict.DoUpdates = append(conflict.DoUpdates, clause.Assignment{Column: clause.Column{Name: c.column}, Value: c.value})
		before = append(before, table+"."+c.column)
		after = append(after, c.value.SQL)
		vars = append(vars, c.value.Vars...)
	}
	differs := clause.Expr{
		SQL:  "(" + strings.Join(before, ", ") + ") IS DISTINCT FROM (" + strings.Join(after, ", ") + ")",
		Vars: vars,
	}
	conflict.Where.Exprs = []clause.Expression{differs}
	for _, condition := range when {
		conflict.Where.Exprs = append(conflict.Where.Exprs, clause.Expr{SQL: condition})
	}
	return conflict
}

// tableOf is how gorm maps T.
func tableOf[T any](tx *gorm.DB) (*schema.Schema, error) {
	statement := gorm.Statement{DB: tx}
	err := statement.Parse(new(T))
	return statement.Schema, err
}

// columns are all columns of a table but some.
func columns(table *schema.Schema, except ...string) []string {
	return slices.DeleteFunc(slices.Clone(table.DBNames), func(column string) bool { return slices.Contains(except, column) })
}
