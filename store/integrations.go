package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/models"
)

// NewIntegration says what to ingest and through which connection.
type NewIntegration struct {
	ConnectionID    string
	Name            string
	Services        models.Services
	OrganizationIDs []int64
	AutoImport      bool // claim the organizations now and import all their repositories
	BackfillFrom    *time.Time
	// DryRun undoes everything at the end: what would be made is returned, or
	// why nothing would be.
	DryRun bool
}

// UnreadableError means that the connection cannot read an organization, or that
// GitHub has not been asked yet. Where nobody has said why, that is our own failure.
type UnreadableError struct {
	Login     string
	Code      models.Code
	RemedyURL string
}

func (e *UnreadableError) Error() string {
	if e.Code.MayPass() {
		return fmt.Sprintf("it is not known yet whether organization %s can be read", e.Login)
	}
	return fmt.Sprintf("organization %s cannot be read: %s", e.Login, e.Code)
}

// errDryRun undoes a transaction that did what was asked.
var errDryRun = errors.New("dry run")

// CreateIntegration makes an active integration and queues the first sync of
// each of its organizations. The same connection and name again return the
// integration that is there. It returns ErrNameTaken, a *ClaimedError, or
// ErrNotFound for a connection or an organization of it that does not exist;
// then nothing is created.
func (s *Store) CreateIntegration(ctx context.Context, asked NewIntegration) (models.Integration, error) {
	integration := models.Integration{
		ID: newID(), Name: strings.TrimSpace(asked.Name), ConnectionID: asked.ConnectionID,
		Lifecycle: models.IntegrationActive, Services: asked.Services, BackfillFrom: asked.BackfillFrom,
	}
	err := s.write(ctx, func(tx *gorm.DB) error {
		if err := lockConnection(tx, asked.ConnectionID); err != nil {
			return err
		}
		res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&integration)
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return existing(tx, &integration)
		}
		if err := s.beginIngesting(tx, integration, asked); err != nil {
			return err
		}
		return asked.end()
	})
	if err != nil && !errors.Is(err, errDryRun) {
		return models.Integration{}, err
	}
	return integration, nil
}

// CreateChosen makes what a user of a method has chosen: as the GitHub App an
// integration for each organization, else one for all.
func (s *Store) CreateChosen(ctx context.Context, method models.ConnectionMethod, asked NewIntegration) ([]models.Integration, error) {
	if method == models.GitHubApp {
		return s.CreateAppIntegrations(ctx, asked)
	}
	integration, err := s.CreateIntegration(ctx, asked)
	return []models.Integration{integration}, err
}

func (n NewIntegration) end() error {
	if n.DryRun {
		return errDryRun
	}
	return nil
}

// CreateAppIntegrations makes an integration for each organization on which the
// wizard's connection sees our GitHub App, with the name of the organization,
// its claim and a connection of its own, all or none. Doing it again returns
// those that are there. Errors are those of CreateIntegration.
func (s *Store) CreateAppIntegrations(ctx context.Context, asked NewIntegration) ([]models.Integration, error) {
	var integrations []models.Integration
	err := s.write(ctx, func(tx *gorm.DB) error {
		integrations = nil
		if err := lockConnection(tx, asked.ConnectionID); err != nil {
			return err
		}
		for _, id := range slices.Compact(slices.Sorted(slices.Values(asked.OrganizationIDs))) {
			integration, err := s.createAppIntegration(tx, asked, id)
			if err != nil {
				return err
			}
			integrations = append(integrations, integration)
		}
		return asked.end()
	})
	if err != nil && !errors.Is(err, errDryRun) {
		return nil, err
	}
	return integrations, nil
}

func (s *Store) createAppIntegration(tx *gorm.DB, asked NewIntegration, organizationID int64) (models.Integration, error) {
	id := appIntegrationID(uuid.MustParse(asked.ConnectionID), organizationID)
	var integration models.Integration
	if err := tx.Where("id = ?", id).Take(&integration).Error; !errors.Is(err, gorm.ErrRecordNotFound) {
		return integration, err
	}
	organizations, err := claimableOrganizations(tx, id, []int64{organizationID})
	if err != nil {
		return integration, err
	}
	if len(organizations) == 0 {
		return integration, ErrNotFound
	}
	connection, err := s.createInstallationConnection(tx, asked.ConnectionID, organizationID)
	if err != nil {
		return integration, err
	}
	integration = models.Integration{
		ID: id, Name: organizations[0].Login, NameFollows: true, ConnectionID: connection.ID,
		Lifecycle: models.IntegrationActive, Services: asked.Services, BackfillFrom: asked.BackfillFrom,
	}
	res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&integration)
	if res.Error != nil {
		return integration, res.Error
	}
	if res.RowsAffected == 0 {
		return integration, ErrNameTaken
	}
	if err := claimOrganizations(tx, id, []int64{organizationID}, asked.AutoImport); err != nil {
		return integration, err
	}
	asked.ConnectionID, asked.OrganizationIDs, asked.AutoImport = connection.ID, []int64{organizationID}, false
	return integration, s.beginIngesting(tx, integration, asked)
}

// appIntegrationID lets the same wizard make the same integration, however often
// it is asked to.
func appIntegrationID(connection uuid.UUID, organizationID int64) string {
	return uuid.NewSHA1(connection, strconv.AppendInt(nil, organizationID, 10)).String()
}

// IntegrationsMadeFrom returns what was created from a connection, by name, also
// when that was the GitHub App's and is forgotten since: then of the organizations.
func (s *Store) IntegrationsMadeFrom(ctx context.Context, connectionID string, organizationIDs []int64) ([]models.Integration, error) {
	ids := []string{}
	if connection, err := uuid.Parse(connectionID); err == nil {
		ids = keysOf(organizationIDs, func(id int64) string { return appIntegrationID(connection, id) })
	}
	var made []models.Integration
	err := s.read(ctx).Where("connection_id = ? OR id IN ?", connectionID, ids).Order("lower(name)").Find(&made).Error
	return made, err
}

func existing(tx *gorm.DB, integration *models.Integration) error {
	var other models.Integration
	if err := tx.Where("lower(name) = lower(?)", integration.Name).Take(&other).Error; err != nil {
		return notFound(err)
	}
	if other.ConnectionID != integration.ConnectionID {
		return ErrNameTaken
	}
	*integration = other
	return nil
}

func (s *Store) beginIngesting(tx *gorm.DB, integration models.Integration, asked NewIntegration) error {
	ids := newest(asked.OrganizationIDs, func(id int64) int64 { return id }, lastWins)
	if err := readable(tx, asked.ConnectionID, ids); err != nil {
		return err
	}
	if _, err := claimableOrganizations(tx, integration.ID, ids); err != nil {
		return err
	}
	if asked.AutoImport {
		if err := claimOrganizations(tx, integration.ID, ids, true); err != nil {
			return err
		}
	}
	for _, id := range ids {
		if _, err := s.queueSync(tx, integration.ID, id, models.TriggerConnect); err != nil {
			return err
		}
	}
	return nil
}

// readable returns ErrNotFound unless a connection sees all of the organizations,
// and an *UnreadableError unless it can read them.
func readable(tx *gorm.DB, connectionID string, ids []int64) error {
	var seen []models.ConnectionOrganization
	err := tx.Model(&models.ConnectionOrganization{}).
		Joins("JOIN organizations ON organizations.id = connection_organizations.organization_id").
		Where("connection_id = ? AND organization_id IN ?", connectionID, ids).Order("organization_id").Find(&seen).Error
	if err != nil {
		return err
	}
	if len(seen) < len(ids) {
		return ErrNotFound
	}
	for _, o := range seen {
		if !o.Access.Readable() {
			return &UnreadableError{Login: o.Login, Code: cmp.Or(o.Code, models.InternalError), RemedyURL: o.RemedyURL}
		}
	}
	return nil
}

// Integrations returns all integrations, by name.
func (s *Store) Integrations(ctx context.Context) ([]models.Integration, error) {
	var integrations []models.Integration
	err := s.read(ctx).Order("lower(name)").Find(&integrations).Error
	return integrations, err
}

// Integration returns an integration or ErrNotFound.
func (s *Store) Integration(ctx context.Context, id string) (models.Integration, error) {
	var integration models.Integration
	err := s.read(ctx).Where("id = ?", id).Take(&integration).Error
	return integration, notFound(err)
}

// IntegrationByName finds an integration whatever the case of its name, or
// returns ErrNotFound.
func (s *Store) IntegrationByName(ctx context.Context, name string) (models.Integration, error) {
	var integration models.Integration
	err := s.read(ctx).Where("lower(name) = lower(?)", strings.TrimSpace(name)).Take(&integration).Error
	return integration, notFound(err)
}
