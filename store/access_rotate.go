package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"tributary/models"
)

// sealedColumns are all that the key ring sealed, in the order of row locks.
// What is empty is not sealed.
var sealedColumns = []sealedColumn{
	{table: "connections", key: "id", column: "credential"},
	{table: "authorizations", key: "connection_id", column: "verifier"},
	{table: "authorizations", key: "connection_id", column: "code"},
	{table: "installation_tokens", key: "installation_id", column: "token"},
	{table: "webhooks", key: "id", column: "secret"},
	{table: "webhooks", key: "id", column: "previous"},
	{table: "github_apps", key: "id", column: "private_key"},
	{table: "github_apps", key: "id", column: "client_secret"},
	{table: "github_apps", key: "id", column: "webhook_secret"},
	{table: "github_app_setups", key: "id", column: "code"},
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

// sealedSecret is one of them with where it belongs.
type sealedSecret struct{ ID, Sealed string }

// id is the key as text, because one is a number.
func (c sealedColumn) id() string { return "CAST(" + c.key + " AS text)" }

func (c sealedColumn) all(tx *gorm.DB) (rows []sealedSecret, err error) {
	err = tx.Table(c.table).Select(c.id() + " AS id, " + c.column + " AS sealed").Where(c.column + " <> ''").Order(c.key).Find(&rows).Error
	return rows, err
}

func (s *Store) openIn(c sealedColumn, row sealedSecret) error {
	_, err := s.keys.open(sealedPlace(c.table, c.column, row.ID), row.Sealed)
	return err
}

// Secrets is how many the database holds, by what the keys that are set do.
type Secrets struct {
	Opened  int
	Unknown int // sealed with a key that is not set
	Damaged int // opened by no key
}

// Err is the worst of it, or nil: ErrUnknownKey, which concerns the operator who
// set the keys, before ErrDamaged, which concerns a row.
func (c Secrets) Err() error {
	switch all := c.Opened + c.Unknown + c.Damaged; {
	case c.Unknown > 0:
		return fmt.Errorf("%d of %d secrets: %w", c.Unknown, all, ErrUnknownKey)
	case c.Damaged > 0:
		return fmt.Errorf("%d of %d secrets: %w", c.Damaged, all, ErrDamaged)
	}
	return nil
}

// CheckSecrets tries to open every secret that the database holds. Without keys
// it returns ErrNoKeys.
func (s *Store) CheckSecrets(ctx context.Context) (found Secrets, err error) {
	if s.keys == nil {
		return found, ErrNoKeys
	}
	for _, column := range sealedColumns {
		rows, err := column.all(s.read(ctx))
		if err != nil {
			return found, err
		}
		for _, row := range rows {
			switch err := s.openIn(column, row); {
			case err == nil:
				found.Opened++
			case errors.Is(err, ErrUnknownKey):
				found.Unknown++
			default:
				found.Damaged++
			}
		}
	}
	return found, nil
}

// ForgetSecrets forgets every secret that cannot be opened, and returns how many
// those were. What a connection read with stays, and waits for another credential.
func (s *Store) ForgetSecrets(ctx context.Context) (forgotten int, err error) {
	if s.keys == nil {
		return 0, ErrNoKeys
	}
	err = s.write(ctx, func(tx *gorm.DB) error {
		for _, column := range sealedColumns {
			rows, err := column.all(locked(tx))
			if err != nil {
				return err
			}
			for _, row := range rows {
				if s.openIn(column, row) == nil {
					continue
				}
				if err := tx.Table(column.table).Where(column.id()+" = ?", row.ID).Updates(s.forgotten(column)).Error; err != nil {
					return err
				}
				forgotten++
			}
		}
		return nil
	})
	return forgotten, err
}

// forgotten leaves a row as if its secret had come to an end: a credential is
// refused, the person who was sent to GitHub came back too late, and a GitHub App
// without one of its secrets is none.
func (s *Store) forgotten(c sealedColumn) map[string]any {
	columns := map[string]any{c.column: ""}
	switch c.table {
	case "connections":
		columns["health"] = models.CredentialInvalid
	case "authorizations":
		columns["state_hash"], columns["expires_at"] = "", s.now()
	case "github_apps":
		columns["private_key"], columns["client_secret"], columns["webhook_secret"] = "", "", ""
	}
	return columns
}

func (s *Store) rotate(tx *gorm.DB, c sealedColumn) (rotated int, err error) {
	rows, err := c.all(locked(tx))
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
		if err := tx.Table(c.table).Where(c.id()+" = ?", row.ID).Update(c.column, sealed).Error; err != nil {
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
