package store

import (
	"errors"

	"gorm.io/gorm"
)

// OnRead calls seen with each statement that reads, after it ran, and its arguments. It
// is for measuring: statements hold people's data.
func (s *Store) OnRead(seen func(statement string, arguments []any)) error {
	tell := func(tx *gorm.DB) { seen(tx.Statement.SQL.String(), tx.Statement.Vars) }
	callbacks := s.reader.Callback()
	return errors.Join(
		callbacks.Query().After("gorm:query").Register("store:seen", tell),
		callbacks.Row().After("gorm:row").Register("store:seen", tell))
}
