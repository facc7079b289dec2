package store

import (
	"context"
	"errors"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/models"
)

// RenameIntegration gives an integration a name of its own, which it keeps
// whatever its organization is called. It returns ErrNotFound, ErrDeleting, or
// ErrNameTaken when another one has the name in any case.
func (s *Store) RenameIntegration(ctx context.Context, id, name string) error {
	name = strings.TrimSpace(name)
	_, err := s.intend(ctx, id, func(i *intent) error {
		return i.row().Updates(map[string]any{"name": name, "name_follows": false}).Error
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return ErrNameTaken
	}
	return err
}

// followRename gives the integration that has claimed an organization the
// organization's login, if its name is to follow and nobody else has it. It
// comes before the organization is changed: integrations are locked first.
func followRename(tx *gorm.DB, organizationID int64, login string) error {
	if err := rememberLogin(tx, organizationID, login); err != nil {
		return err
	}
	claim := tx.Model(&models.Organization{}).Select("integration_id").Where("id = ?", organizationID)
	taken := tx.Session(&gorm.Session{NewDB: true}).Table("integrations AS other").Select("1").
		Where("lower(other.name) = lower(?) AND other.id <> integrations.id", login)
	return tx.Model(&models.Integration{}).Where("id = (?) AND name_follows AND name <> ?", claim, login).
		Where("NOT EXISTS (?)", taken).Update("name", login).Error
}

// An organization is found by so many names of before, the latest of those that
// anybody could type: GitHub's have up to 39 characters.
const (
	mostFormer    = 20
	longestFormer = 300
)

// rememberLogin keeps the name that an organization had until now.
func rememberLogin(tx *gorm.DB, organizationID int64, login string) error {
	var o models.Organization
	err := tx.Where("id = ? AND login <> '' AND login <> ?", organizationID, login).Take(&o).Error
	if errors.Is(err, gorm.ErrRecordNotFound) || err == nil && len(o.Login) > longestFormer {
		return nil
	}
	if err != nil {
		return err
	}
	former := append(slices.DeleteFunc(o.FormerLogins, func(name string) bool { return strings.EqualFold(name, o.Login) }), o.Login)
	former = former[max(0, len(former)-mostFormer):]
	return tx.Model(&o).UpdateColumn("former_logins", former).Error
}

// OrganizationNamed finds an organization by the login that it has, or else had
// last, or returns ErrNotFound.
func (s *Store) OrganizationNamed(ctx context.Context, login string) (models.Organization, error) {
	var organization models.Organization
	err := s.read(ctx).Where("lower(login) = lower(?) OR lower(former_logins) LIKE ?", login, `%"`+strings.ToLower(login)+`"%`).
		Order(clause.Expr{SQL: "CASE WHEN lower(login) = lower(?) THEN 0 ELSE 1 END, updated_at DESC", Vars: []any{login}}).Take(&organization).Error
	return organization, notFound(err)
}
