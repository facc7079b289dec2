package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

var (
	// ErrTokenName means that another token of this name is not revoked.
	ErrTokenName = errors.New("another API token has this name")
	// ErrLastAdmin means that without the token nobody could change anything.
	ErrLastAdmin = errors.New("it is the last API token with the role admin")
)

// usedEvery is how exactly it is known when a token or a session was last used:
// requests that only read should not each write.
const usedEvery = time.Minute

const (
	tokenPrefix = "trb_" // lets people and secret scanners know the kind
	shownPrefix = len(tokenPrefix) + 6
)

// newSecret makes 260 random bits, in characters that need no quoting anywhere.
func newSecret() string { return rand.Text() + rand.Text() }

// HashToken is how tokens and sessions are stored and found. A slow hash
// protects secrets that people choose; nobody guesses 260 random bits, and a
// hash that is looked up by an index tells nothing through the time it takes.
func HashToken(token Secret) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// NewToken is what somebody wants to be a token.
type NewToken struct {
	Name      string
	Role      models.Role
	CreatedBy string     // a person, for the audit log
	ExpiresAt *time.Time // nil for never
	Audited   bool       // the caller records it in the audit log
}

// CreateToken makes an API token and records that a command did. Nothing can show the
// token again. It returns ErrTokenName for a name that is taken.
func (s *Store) CreateToken(ctx context.Context, n NewToken) (Secret, models.APIToken, error) {
	secret := Secret(tokenPrefix + newSecret())
	token := models.APIToken{
		ID: newID(), Name: n.Name, Role: n.Role, Hash: HashToken(secret), Prefix: string(secret[:shownPrefix]),
		CreatedBy: n.CreatedBy, ExpiresAt: n.ExpiresAt, CreatedAt: s.now(),
	}
	err := s.write(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&token).Error; err != nil {
			return err
		}
		if n.Audited {
			return nil
		}
		return s.auditToken(tx, models.ActionCreateToken, n.CreatedBy, token.ID)
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return "", models.APIToken{}, ErrTokenName
	}
	if err != nil {
		return "", models.APIToken{}, err
	}
	return secret, token, nil
}

// Tokens returns all API tokens, also those that are revoked, the oldest first.
func (s *Store) Tokens(ctx context.Context) ([]models.APIToken, error) {
	var tokens []models.APIToken
	err := s.read(ctx).Order("id").Find(&tokens).Error
	return tokens, err
}

// HasAdminToken reports whether any token could change something.
func (s *Store) HasAdminToken(ctx context.Context) (bool, error) {
	var n int64
	err := s.usableAdmins(s.read(ctx)).Count(&n).Error
	return n > 0, err
}

func (s *Store) usableAdmins(tx *gorm.DB) *gorm.DB {
	return tx.Model(&models.APIToken{}).
		Where("role = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)", models.RoleAdmin, s.now())
}

// RevokeToken ends a token, named by its id or its name, and with it its
// sessions. It records that a command did by whom, unless that is empty: then the
// caller does. It returns ErrNotFound for one that is not there or revoked
// already, and unless forced ErrLastAdmin.
func (s *Store) RevokeToken(ctx context.Context, nameOrID, revokedBy string, force bool) (models.APIToken, error) {
	var token models.APIToken
	err := s.write(ctx, func(tx *gorm.DB) error {
		var admins []models.APIToken // locked, so that of the last two only one can go
		if err := locked(s.usableAdmins(tx)).Order("id").Find(&admins).Error; err != nil {
			return err
		}
		err := locked(tx).Where("revoked_at IS NULL AND (id = ? OR name = ?)", nameOrID, nameOrID).Take(&token).Error
		if err != nil {
			return notFound(err)
		}
		if !force && len(admins) == 1 && admins[0].ID == token.ID {
			return ErrLastAdmin
		}
		token.RevokedAt = new(s.now())
		if err := tx.Model(&token).Update("revoked_at", token.RevokedAt).Error; err != nil {
			return err
		}
		if err := tx.Where("token_hash = ?", token.Hash).Delete(&models.Session{}).Error; err != nil {
			return err
		}
		if revokedBy == "" {
			return nil
		}
		return s.auditToken(tx, models.ActionRevokeToken, revokedBy, token.ID)
	})
	return token, err
}

// UsableToken returns the token with this hash. ErrNotFound also means that it
// is revoked or has expired.
func (s *Store) UsableToken(ctx context.Context, hash string) (models.APIToken, error) {
	var token models.APIToken
	if err := s.read(ctx).Where("hash = ?", hash).Take(&token).Error; err != nil {
		return models.APIToken{}, notFound(err)
	}
	if token.StateAt(s.now()) != models.TokenUsable {
		return models.APIToken{}, ErrNotFound
	}
	return token, nil
}

// TouchToken records that a token is in use, at most once a minute.
func (s *Store) TouchToken(ctx context.Context, token models.APIToken) error {
	now := s.now()
	if token.LastUsedAt != nil && now.Sub(*token.LastUsedAt) < usedEvery {
		return nil
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		return tx.Model(&models.APIToken{}).Where("id = ? AND (last_used_at IS NULL OR last_used_at <= ?)", token.ID, now.Add(-usedEvery)).
			Update("last_used_at", now).Error
	})
}

func (s *Store) auditToken(tx *gorm.DB, action, by, tokenID string) error {
	return s.recordAudit(tx, &models.AuditEvent{
		Actor: models.ActorCommand, ActorName: by, Role: models.RoleAdmin, Action: action,
		SubjectKind: "token", SubjectID: tokenID, Outcome: models.AuditDone,
	})
}
