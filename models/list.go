package models

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
)

// List is a column of JSON that holds a few values which nobody queries by. An
// empty one is [].
type List[T any] []T

// Value writes the column.
func (l List[T]) Value() (driver.Value, error) {
	if len(l) == 0 {
		return "[]", nil
	}
	encoded, err := json.Marshal([]T(l))
	return string(encoded), err
}

// Scan reads the column.
func (l *List[T]) Scan(column any) error { return scanJSON(column, (*[]T)(l)) }

func scanJSON(column, into any) error {
	switch encoded := column.(type) {
	case string:
		return json.Unmarshal([]byte(encoded), into)
	case []byte:
		return json.Unmarshal(encoded, into)
	}
	return fmt.Errorf("JSON in a column of %T", column)
}
