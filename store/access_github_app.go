package store

import (
	"context"
	"strconv"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/models"
)

// AppSetupLife is how long somebody who registers an App on GitHub is waited for, and then how long there is to
// use what they came back with. GitHub's codes live as long.
const AppSetupLife = time.Hour

// NewAppSetup is an admin who is about to be sent to GitHub.
type NewAppSetup struct {
	StateHash     string // of HashToken
	BrowserHash   string // of HashToken
	CreatedBy     string // as the audit log has it
	CreatedByName string
}

// BeginAppSetup notes how an admin who will register an App can be recognized. It returns ErrAppExists when
// there is one.
func (s *Store) BeginAppSetup(ctx context.Context, n NewAppSetup) error {
	now := s.now()
	setup := models.AppSetup{
		ID: newID(), StateHash: n.StateHash, BrowserHash: n.BrowserHash, CreatedBy: n.CreatedBy, CreatedByName: n.CreatedByName,
		CreatedAt: now, ExpiresAt: now.Add(AppSetupLife),
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := noApp(tx); err != nil {
			return err
		}
		return tx.Create(&setup).Error
	})
}

// noApp returns ErrAppExists when there is one that can be used.
func noApp(tx *gorm.DB) error {
	var apps int64
	err := tx.Model(&models.RegisteredApp{}).Where("private_key <> ''").Count(&apps).Error
	if err == nil && apps > 0 {
		return ErrAppExists
	}
	return err
}

// ReturnWithManifestCode keeps the code, sealed, that an admin came back with, and returns the id of the set-up. A
// state is worth something once: ErrNotFound is one that is unknown, used or expired, or that another browser was
// given.
func (s *Store) ReturnWithManifestCode(ctx context.Context, stateHash, browserHash string, code Secret) (id string, err error) {
	err = s.write(ctx, func(tx *gorm.DB) error {
		var setup models.AppSetup
		if err := expected(locked(tx), stateHash, browserHash, s.now()).Take(&setup).Error; err != nil {
			return notFound(err)
		}
		id = setup.ID
		sealed, err := s.keys.seal(manifestCodePlace(id), code)
		if err != nil {
			return err
		}
		return tx.Model(&setup).Updates(map[string]any{"state_hash": "", "code": sealed, "expires_at": s.now().Add(AppSetupLife)}).Error
	})
	return id, err
}

func manifestCodePlace(id string) string { return sealedPlace("github_app_setups", "code", id) }

// ManifestCode opens what a worker exchanges for the App. ErrNotFound is a set-up that has come to an end.
func (s *Store) ManifestCode(ctx context.Context, setupID string) (Secret, error) {
	var setup models.AppSetup
	if err := s.read(ctx).Where("id = ? AND code <> '' AND expires_at > ?", setupID, s.now()).Take(&setup).Error; err != nil {
		return "", notFound(err)
	}
	return s.keys.open(manifestCodePlace(setupID), setup.Code)
}

// EndAppSetup forgets a set-up that came to nothing.
func (s *Store) EndAppSetup(ctx context.Context, setupID string) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		return tx.Where("id = ?", setupID).Delete(&models.AppSetup{}).Error
	})
}

// RegisteredApp is an App with its secrets opened, which its row is without.
type RegisteredApp struct {
	models.RegisteredApp
	PrivateKey    Secret
	ClientSecret  Secret
	WebhookSecret Secret // empty where the App has no webhook
}

// FinishAppSetup keeps the App, its secrets sealed, that a set-up has come to, and notes in the audit log who
// began it. It returns ErrAppExists when another App was faster, and ErrNotFound for a set-up that was not waiting
// for one.
func (s *Store) FinishAppSetup(ctx context.Context, setupID string, app RegisteredApp) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		var setup models.AppSetup
		if err := locked(tx).Where("id = ? AND code <> ''", setupID).Take(&setup).Error; err != nil {
			return notFound(err)
		}
		row, err := s.sealApp(app)
		if err != nil {
			return err
		}
		row.CreatedBy, row.CreatedAt = setup.CreatedByName, s.now()
		if err := tx.Where("private_key = ''").Delete(&models.RegisteredApp{}).Error; err != nil { // what was forgotten
			return err
		}
		made := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		if made.Error != nil {
			return made.Error
		}
		if made.RowsAffected == 0 {
			return ErrAppExists
		}
		if err := tx.Delete(&setup).Error; err != nil {
			return err
		}
		return s.recordAudit(tx, &models.AuditEvent{
			Actor: setup.CreatedBy, ActorName: setup.CreatedByName, Role: models.RoleAdmin, Action: models.ActionRegisterApp,
			SubjectKind: "github-app", SubjectID: strconv.FormatInt(row.ID, 10), Outcome: models.AuditDone,
		})
	})
}

func appPlace(column string, id int64) string {
	return sealedPlace("github_apps", column, strconv.FormatInt(id, 10))
}

// appSecret is one of an App's secrets, opened and sealed.
type appSecret struct {
	column string
	open   *Secret
	sealed *string
}

func (a *RegisteredApp) secrets() []appSecret {
	row := &a.RegisteredApp
	return []appSecret{
		{"private_key", &a.PrivateKey, &row.PrivateKey}, {"client_secret", &a.ClientSecret, &row.ClientSecret}, {"webhook_secret", &a.WebhookSecret, &row.WebhookSecret},
	}
}

func (s *Store) sealApp(app RegisteredApp) (_ models.RegisteredApp, err error) {
	for _, secret := range app.secrets() {
		if *secret.open == "" {
			continue
		}
		if *secret.sealed, err = s.keys.seal(appPlace(secret.column, app.ID), *secret.open); err != nil {
			return models.RegisteredApp{}, err
		}
	}
	return app.RegisteredApp, nil
}

// GitHubApp returns the App that was registered from here. ErrNotFound means that there is none.
func (s *Store) GitHubApp(ctx context.Context) (RegisteredApp, error) {
	var app RegisteredApp
	if err := s.read(ctx).Where("private_key <> ''").Take(&app.RegisteredApp).Error; err != nil {
		return RegisteredApp{}, notFound(err)
	}
	for _, secret := range app.secrets() {
		if *secret.sealed == "" {
			continue
		}
		opened, err := s.keys.open(appPlace(secret.column, app.ID), *secret.sealed)
		if err != nil {
			return RegisteredApp{}, err
		}
		*secret.open, *secret.sealed = opened, ""
	}
	return app, nil
}

// DeleteGitHubApp forgets the App that was registered from here; at GitHub it stays. It returns ErrInUse while
// integrations read through a GitHub App, and ErrNotFound when there is none.
func (s *Store) DeleteGitHubApp(ctx context.Context) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := locked(tx).Take(&models.RegisteredApp{}).Error; err != nil {
			return notFound(err)
		}
		var users int64
		err := tx.Model(&models.Integration{}).Joins("JOIN connections ON connections.id = integrations.connection_id").
			Where("connections.method = ?", models.GitHubApp).Count(&users).Error
		if err != nil {
			return err
		}
		if users > 0 {
			return ErrInUse
		}
		return tx.Where("TRUE").Delete(&models.RegisteredApp{}).Error
	})
}
