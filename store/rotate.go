package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"
)

// sealedColumns are all that the key ring sealed, in the order of row locks.
// What is empty is not sealed.
var sealedColumns = []sealedColumn{
	{table: "connections", key: "id", column: "credential"},
	{table: "authorizations", key: "connection_id", column: "verifier"},
	{table: "authorizations", key: "connection_id", column: "code"},
	{table: "installation_tokens", key: "installation_id", column: "token"},
}

type sealedColumn struct{ table, key, column string }

// sealedPlace is what a sealed secret is bound to.
func sealedPlace(table, column, id string) string { return table + "." + column + "." + id }

// RotateSecrets seals every secret anew that is not sealed with the first key,
// and returns how many those were. With one that cannot be opened nothing is
// changed.
func (s *Store) RotateSecrets(ctx context.Context) (rotated int, err error) {
	if s.keys == nil {
		return 0, ErrNoKeys
	}
	err = s.write(ctx, func(tx *gorm.DB) error {
		for _, column := range sealedColumns {
			n, err := s.rotate(tx, column)
			if err != nil {
				return err
			}
			rotated += n
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return rotated, nil
}

func (s *Store) rotate(tx *gorm.DB, c sealedColumn) (rotated int, err error) {
	var rows []struct{ ID, Sealed string }
	id := "CAST(" + c.key + " AS text)" // one is a number
	err = locked(tx.Table(c.table)).Select(id + " AS id, " + c.column + " AS sealed").
		Where(c.column + " <> ''").Order(c.key).Find(&rows).Error
	if err != nil {
		return 0, err
	}
	for _, row := range rows {
		if !s.keys.stale(row.Sealed) {
			continue
		}
		place := sealedPlace(c.table, c.column, row.ID)
		sealed, err := s.reseal(place, row.Sealed)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", place, err)
		}
		if err := tx.Table(c.table).Where(id+" = ?", row.ID).Update(c.column, sealed).Error; err != nil {
			return 0, err
		}
		rotated++
	}
	return rotated, nil
}

func (s *Store) reseal(place, sealed string) (string, error) {
	secret, err := s.keys.open(place, sealed)
	if err != nil {
		return "", err
	}
	return s.keys.seal(place, secret)
}
