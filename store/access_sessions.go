package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// A session ends when it was not used for this long, and in any case after its
// life.
const (
	sessionIdle = 12 * time.Hour
	sessionLife = 7 * 24 * time.Hour
)

// CreateSession begins a session of the token with this hash and returns what
// its cookie holds. Sessions that have ended are deleted on the way.
func (s *Store) CreateSession(ctx context.Context, tokenHash string) (Secret, models.Session, error) {
	secret, now := Secret(newSecret()), s.now()
	session := models.Session{
		Hash: HashToken(secret), TokenHash: tokenHash, CreatedAt: now, LastUsedAt: now, ExpiresAt: now.Add(sessionLife),
	}
	err := s.write(ctx, func(tx *gorm.DB) error {
		err := tx.Where("expires_at <= ? OR last_used_at <= ?", now, now.Add(-sessionIdle)).Delete(&models.Session{}).Error
		if err != nil {
			return err
		}
		return tx.Create(&session).Error
	})
	return secret, session, err
}

// Session returns the session with this hash. ErrNotFound also means that it has
// ended. Whether its token is still good is another question.
func (s *Store) Session(ctx context.Context, hash string) (models.Session, error) {
	var session models.Session
	now := s.now()
	err := s.read(ctx).Where("hash = ? AND expires_at > ? AND last_used_at > ?", hash, now, now.Add(-sessionIdle)).Take(&session).Error
	return session, notFound(err)
}

// TouchSession records that a session is in use, at most once a minute.
func (s *Store) TouchSession(ctx context.Context, session models.Session) error {
	now := s.now()
	if now.Sub(session.LastUsedAt) < usedEvery {
		return nil
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		return tx.Model(&models.Session{}).Where("hash = ? AND last_used_at <= ?", session.Hash, now.Add(-usedEvery)).
			Update("last_used_at", now).Error
	})
}

// EndSession ends a session; of one that has ended nothing changes.
func (s *Store) EndSession(ctx context.Context, hash string) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		return tx.Where("hash = ?", hash).Delete(&models.Session{}).Error
	})
}
