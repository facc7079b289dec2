package store

import (
	"context"
	"errors"
	"strings"

	"gorm.io/gorm"

	"tributary/models"
)

// RenameIntegration gives an integration a name of its own, which it keeps
// whatever its organization is called. It returns ErrNotFound, ErrDeleting, or
// ErrNameTaken when another one has the name in any case.
func (s *Store) RenameIntegration(ctx context.Context, id, name string) error {
	name = strings.TrimSpace(text(name))
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
	claim := tx.Model(&models.Organization{}).Select("integration_id").Where("id = ?", organizationID)
	taken := tx.Session(&gorm.Session{NewDB: true}).Table("integrations AS other").Select("1").
		Where("lower(other.name) = lower(?) AND other.id <> integrations.id", login)
	return tx.Model(&models.Integration{}).Where("id = (?) AND name_follows AND name <> ?", claim, login).
		Where("NOT EXISTS (?)", taken).Update("name", login).Error
}
