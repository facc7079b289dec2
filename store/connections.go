package store

import (
	"context"
	"maps"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// CreateConnection stores a credential, sealed, as a pending connection. Here
// and everywhere else the connection returned does not hold the credential.
func (s *Store) CreateConnection(ctx context.Context, method models.ConnectionMethod, credential Secret) (models.Connection, error) {
	c := models.Connection{
		ID: newID(), Method: method, State: models.ConnectionPending, Health: models.CredentialOK, Scopes: []string{},
	}
	sealed, err := s.keys.seal(credentialPlace(c.ID), credential)
	if err != nil {
		return models.Connection{}, err
	}
	c.Credential = sealed
	err = s.write(ctx, func(tx *gorm.DB) error { return tx.Create(&c).Error })
	c.Credential = ""
	return c, err
}

func credentialPlace(id string) string { return sealedPlace("connections", "credential", id) }

// Connection returns a connection or ErrNotFound.
func (s *Store) Connection(ctx context.Context, id string) (models.Connection, error) {
	var c models.Connection
	err := s.read(ctx).Omit("credential").Where("id = ?", id).Take(&c).Error
	return c, notFound(err)
}

// Credential opens a connection's credential. ErrNotFound also means that the
// connection has expired and its credential is forgotten.
func (s *Store) Credential(ctx context.Context, connectionID string) (Secret, models.Connection, error) {
	var c models.Connection
	err := s.read(ctx).Where("id = ? AND credential <> ''", connectionID).Take(&c).Error
	if err != nil {
		return "", models.Connection{}, notFound(err)
	}
	secret, err := s.keys.open(credentialPlace(c.ID), c.Credential)
	c.Credential = ""
	return secret, c, err
}

// Identity is whom a credential turned out to belong to.
type Identity struct {
	Login     string
	RateOwner string
	Scopes    []string
	ExpiresAt *time.Time
	// LooksPersonal: it has repositories or followers of its own.
	LooksPersonal bool
}

// AuthorizeConnection records that GitHub accepted the credential.
func (s *Store) AuthorizeConnection(ctx context.Context, id string, identity Identity) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		return affected(tx.Model(&models.Connection{}).Where("id = ?", id).
			Select("state", "health", "login", "rate_owner", "scopes", "expires_at", "looks_personal",
				"refusal_code", "refusal_detail", "refusal_url", "waiting_until").
			Updates(&models.Connection{
				State: models.ConnectionAuthorized, Health: models.CredentialOK, Login: identity.Login,
				RateOwner: identity.RateOwner, Scopes: identity.Scopes, ExpiresAt: identity.ExpiresAt,
				LooksPersonal: identity.LooksPersonal,
			}))
	})
}

// SetConnectionHealth records whether the credential can still be used.
func (s *Store) SetConnectionHealth(ctx context.Context, id string, health models.CredentialHealth) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		return affected(tx.Model(&models.Connection{}).Where("id = ?", id).Update("health", health))
	})
}

// HoldConnection says until when GitHub's limit keeps it from being asked about a
// connection.
func (s *Store) HoldConnection(ctx context.Context, id string, code models.Code, until time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		return affected(tx.Model(&models.Connection{}).Where("id = ?", id).
			Updates(map[string]any{"refusal_code": code, "waiting_until": until}))
	})
}

// Refusal is why a connection came to nothing.
type Refusal struct {
	Code   models.Code
	Detail string
	URL    string
}

// EndConnection ends a connection that nobody made an integration of, as
// expired or denied, and forgets its credential. It returns ErrInUse when an
// integration uses it.
func (s *Store) EndConnection(ctx context.Context, id string, as models.ConnectionState, why Refusal) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := unused(tx, id); err != nil {
			return err
		}
		if err := tx.Where("connection_id = ?", id).Delete(&models.Authorization{}).Error; err != nil {
			return err
		}
		return tx.Model(&models.Connection{}).Where("id = ?", id).
			Updates(ended(as, why, map[string]any{"credential": ""})).Error
	})
}

// ended are the columns of a connection that came to nothing.
func ended(as models.ConnectionState, why Refusal, also map[string]any) map[string]any {
	columns := map[string]any{"state": as, "refusal_code": why.Code, "refusal_detail": why.Detail, "refusal_url": why.URL, "waiting_until": nil}
	maps.Copy(columns, also)
	return columns
}

// DeleteConnection forgets a connection, its credential and what it saw. It
// returns ErrInUse when an integration uses it.
func (s *Store) DeleteConnection(ctx context.Context, id string) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := unused(tx, id); err != nil {
			return err
		}
		return deleteConnection(tx, id)
	})
}

// deleteConnection deletes a connection with all that is known through it. The
// token of an installation goes with the last connection that acts as it.
func deleteConnection(tx *gorm.DB, id string) error {
	var installations []int64
	err := tx.Model(&models.Connection{}).Where("id = ? AND installation_id IS NOT NULL", id).Pluck("installation_id", &installations).Error
	if err != nil {
		return err
	}
	return deleteRows(
		rowsOf{tx.Where("connection_id = ?", id), &models.ConnectionOrganization{}},
		rowsOf{tx.Where("connection_id = ?", id), &models.Authorization{}},
		rowsOf{tx.Where("id = ?", id), &models.Connection{}},
		rowsOf{tx.Where("installation_id IN ? AND installation_id NOT IN (SELECT installation_id FROM connections WHERE installation_id IS NOT NULL)", installations),
			&models.InstallationToken{}},
	)
}

// unused locks a connection that no integration uses. A method that starts to use
// one locks it as well.
func unused(tx *gorm.DB, id string) error {
	if err := lockConnection(tx, id); err != nil {
		return err
	}
	var users int64
	if err := tx.Model(&models.Integration{}).Where("connection_id = ?", id).Count(&users).Error; err != nil {
		return err
	}
	if users > 0 {
		return ErrInUse
	}
	return nil
}

func lockConnection(tx *gorm.DB, id string) error {
	return notFound(locked(tx).Select("id").Where("id = ?", id).Take(&models.Connection{}).Error)
}

// LostConnections returns the ids of connections with a credential that no
// integration uses and that are older than anybody waits for a choice. The wizard
// that should have forgotten them was lost.
func (s *Store) LostConnections(ctx context.Context, age time.Duration) ([]string, error) {
	var ids []string
	err := s.read(ctx).Model(&models.Connection{}).
		Where("created_at < ? AND credential IS NOT NULL AND length(credential) > 0", s.now().Add(-age)).
		Where("id NOT IN (SELECT connection_id FROM integrations)").Order("id").Pluck("id", &ids).Error
	return ids, err
}
