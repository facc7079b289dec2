package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// AuthorizationLife is how long a person who was sent to GitHub is waited for,
// and then how long there is to use what they came back with. GitHub's own codes
// live as long.
const AuthorizationLife = 10 * time.Minute

// deadConnectionLife is how long a connection that came to nothing still says why.
const deadConnectionLife = 24 * time.Hour

// NewAuthorization is a person who is about to be sent to GitHub.
type NewAuthorization struct {
	Method      models.ConnectionMethod
	StateHash   string // of HashToken
	BrowserHash string // of HashToken
	Mode        models.AuthorizationMode
	Verifier    Secret
}

// BeginAuthorization makes a pending connection that has no credential yet, and
// notes how the person who will bring one can be recognized.
func (s *Store) BeginAuthorization(ctx context.Context, n NewAuthorization) (models.Connection, error) {
	c := models.Connection{ID: newID(), Method: n.Method, State: models.ConnectionPending, Health: models.CredentialOK, Scopes: []string{}}
	verifier, err := s.keys.seal(verifierPlace(c.ID), n.Verifier)
	if err != nil {
		return models.Connection{}, err
	}
	now := s.now()
	a := models.Authorization{
		ConnectionID: c.ID, StateHash: n.StateHash, BrowserHash: n.BrowserHash, Mode: n.Mode, Verifier: verifier,
		CreatedAt: now, ExpiresAt: now.Add(AuthorizationLife),
	}
	err = s.write(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&c).Error; err != nil {
			return err
		}
		return tx.Create(&a).Error
	})
	return c, err
}

func verifierPlace(connectionID string) string {
	return sealedPlace("authorizations", "verifier", connectionID)
}
func codePlace(connectionID string) string {
	return sealedPlace("authorizations", "code", connectionID)
}

// ReturnFromGitHub keeps the code, sealed, that a person came back with. A state
// is worth something once: ErrNotFound is one that is unknown, used or expired,
// or that another browser was given.
func (s *Store) ReturnFromGitHub(ctx context.Context, stateHash, browserHash string, code Secret) (c models.Connection, mode models.AuthorizationMode, err error) {
	err = s.write(ctx, func(tx *gorm.DB) error {
		a, err := s.takeAuthorization(tx, stateHash, browserHash)
		if err != nil {
			return err
		}
		sealed, err := s.keys.seal(codePlace(a.ConnectionID), code)
		if err != nil {
			return err
		}
		err = tx.Model(&a).Updates(map[string]any{"state_hash": "", "code": sealed, "expires_at": s.now().Add(AuthorizationLife)}).Error
		if err != nil {
			return err
		}
		mode = a.Mode
		return tx.Omit("credential").Where("id = ?", a.ConnectionID).Take(&c).Error
	})
	return c, mode, err
}

// EndAuthorization ends the connection of a person who came back without a code
// as denied or expired. Errors are those of ReturnFromGitHub.
func (s *Store) EndAuthorization(ctx context.Context, stateHash, browserHash string, as models.ConnectionState, why Refusal) (c models.Connection, mode models.AuthorizationMode, err error) {
	err = s.write(ctx, func(tx *gorm.DB) error {
		a, err := s.takeAuthorization(tx, stateHash, browserHash)
		if err != nil {
			return err
		}
		if err := tx.Delete(&a).Error; err != nil {
			return err
		}
		if err := tx.Model(&models.Connection{}).Where("id = ?", a.ConnectionID).Updates(ended(as, why, nil)).Error; err != nil {
			return err
		}
		mode = a.Mode
		return tx.Omit("credential").Where("id = ?", a.ConnectionID).Take(&c).Error
	})
	return c, mode, err
}

// takeAuthorization locks the connection and then the authorization that is
// waiting for this state in this browser. It looks again once it has the locks,
// since somebody else may have used the state in between.
func (s *Store) takeAuthorization(tx *gorm.DB, stateHash, browserHash string) (models.Authorization, error) {
	now, waiting := s.now(), models.Authorization{}
	if err := expected(tx, stateHash, browserHash, now).Take(&waiting).Error; err != nil {
		return waiting, notFound(err)
	}
	if err := lockConnection(tx, waiting.ConnectionID); err != nil {
		return waiting, err
	}
	var taken models.Authorization
	err := expected(locked(tx), stateHash, browserHash, now).Take(&taken).Error
	return taken, notFound(err)
}

// expected is who was sent to GitHub with a state, and is not back yet.
func expected(tx *gorm.DB, stateHash, browserHash string, now time.Time) *gorm.DB {
	return tx.Where("state_hash <> '' AND state_hash = ? AND browser_hash = ? AND expires_at > ?", stateHash, browserHash, now)
}

// AuthorizationSecrets opens what a worker exchanges for a credential. ErrNotFound
// is a connection whose person is not back yet, or that has its credential.
func (s *Store) AuthorizationSecrets(ctx context.Context, connectionID string) (code, verifier Secret, err error) {
	var a models.Authorization
	if err := s.read(ctx).Where("connection_id = ? AND code <> ''", connectionID).Take(&a).Error; err != nil {
		return "", "", notFound(err)
	}
	if code, err = s.keys.open(codePlace(connectionID), a.Code); err != nil {
		return "", "", err
	}
	verifier, err = s.keys.open(verifierPlace(connectionID), a.Verifier)
	return code, verifier, err
}

// FinishAuthorization gives a connection the credential, sealed, that its code
// was exchanged for, and forgets the code. ErrNotFound is a connection that was
// not waiting for one.
func (s *Store) FinishAuthorization(ctx context.Context, connectionID string, credential Secret) error {
	sealed, err := s.keys.seal(credentialPlace(connectionID), credential)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := lockConnection(tx, connectionID); err != nil {
			return err
		}
		if err := affected(tx.Where("connection_id = ?", connectionID).Delete(&models.Authorization{})); err != nil {
			return err
		}
		return tx.Model(&models.Connection{}).Where("id = ?", connectionID).Update("credential", sealed).Error
	})
}

// ForgetExpiredAuthorizations ends the connections of people who were waited for
// too long, forgets the set-ups of GitHub Apps alike, and deletes those that came to nothing a day ago.
func (s *Store) ForgetExpiredAuthorizations(ctx context.Context) error {
	now := s.now()
	return s.write(ctx, func(tx *gorm.DB) error {
		ended := tx.Model(&models.Authorization{}).Select("connection_id").Where("expires_at <= ?", now)
		err := tx.Model(&models.Connection{}).Where("state = ? AND id IN (?)", models.ConnectionPending, ended).
			Update("state", models.ConnectionExpired).Error
		if err != nil {
			return err
		}
		err = deleteRows(
			rowsOf{tx.Where("expires_at <= ?", now), &models.Authorization{}},
			rowsOf{tx.Where("expires_at <= ?", now), &models.AppSetup{}},
		)
		if err != nil {
			return err
		}
		return forgetDeadConnections(tx, now.Add(-deadConnectionLife))
	})
}

func forgetDeadConnections(tx *gorm.DB, before time.Time) error {
	var dead []string
	err := locked(tx.Model(&models.Connection{})).Order("id").
		Where("state IN ? AND updated_at <= ?", []models.ConnectionState{models.ConnectionDenied, models.ConnectionExpired}, before).
		Where("NOT EXISTS (SELECT 1 FROM integrations WHERE integrations.connection_id = connections.id)").
		Pluck("id", &dead).Error
	if err != nil {
		return err
	}
	for _, id := range dead {
		if err := deleteConnection(tx, id); err != nil {
			return err
		}
	}
	return nil
}
