package store

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"tributary/models"
)

// ExcludedError means that a rule keeps a repository from being imported.
type ExcludedError struct{ FullName string }

func (e *ExcludedError) Error() string {
	return "repository " + e.FullName + " is excluded by a rule of the integration"
}

// PurgingError means that the records of a repository are being deleted.
type PurgingError struct{ FullName string }

func (e *PurgingError) Error() string {
	return "the records of repository " + e.FullName + " are being deleted"
}

// Choice names repositories of an integration: those with the ids, or without
// ids all that a filter shows. The filter's integration is the one that chooses.
type Choice struct {
	RepositoryIDs []int64
	Filter        RepositoryFilter
}

// Chosen is the result of a choice.
type Chosen struct {
	Changed       int     // repositories whose selection is another one now
	Organizations []int64 // of all repositories that were named
	Imported      []int64 // organizations of those that are imported now and were not
}

// Import imports repositories and claims their organizations. Without ids it
// leaves out what is excluded by a rule or being purged, and takes what is
// available unless the filter names selections. With ids it returns an
// *ExcludedError or a *PurgingError for such a repository. It returns a
// *ClaimedError when another integration has claimed an organization, and
// ErrNotFound when a repository belongs to an organization that neither the
// integration has claimed nor its connection sees. Then nothing is changed.
func (s *Store) Import(ctx context.Context, integrationID string, choice Choice) (Chosen, error) {
	return s.decide(ctx, integrationID, choice.orAvailable(), imported(len(choice.RepositoryIDs) > 0), claiming)
}

// imported decides to import what can be. What was named is not left out
// silently.
func imported(named bool) decision {
	return func(c candidate) (models.Selection, error) {
		switch {
		case c.PurgeRequestedAt != nil && named:
			return "", &PurgingError{c.FullName}
		case c.excluded && named:
			return "", &ExcludedError{c.FullName}
		case c.PurgeRequestedAt != nil || c.excluded:
			return c.Selection, nil
		}
		return models.Imported, nil
	}
}

// Ignore leaves repositories alone whatever the rules say. Nothing more is read
// of them, and what is stored is kept. Without ids it takes what is available
// unless the filter names selections. Errors are those of Import.
func (s *Store) Ignore(ctx context.Context, integrationID string, choice Choice) (Chosen, error) {
	return s.decide(ctx, integrationID, choice.orAvailable(), ignored, notClaiming)
}

func (c Choice) orAvailable() Choice {
	if len(c.Filter.Selections) == 0 {
		c.Filter.Selections = []models.Selection{models.Available}
	}
	return c
}

// available are repositories that nobody has decided on.
func available(c candidate) (models.Selection, error) {
	c.Selection = models.Available
	return c.under(c.excluded, c.organization), nil
}

func ignored(candidate) (models.Selection, error) { return models.Ignored, nil }

// Restore takes back that repositories were ignored. They are as they would be
// without: excluded where a rule matches, imported where something of them is
// stored or the organization imports by itself, else available. Repositories that
// nobody ignored stay as they are. Errors are those of Import.
func (s *Store) Restore(ctx context.Context, integrationID string, choice Choice) (Chosen, error) {
	choice.Filter.Selections = []models.Selection{models.Ignored}
	return s.decide(ctx, integrationID, choice, func(c candidate) (models.Selection, error) {
		if c.Selection != models.Ignored {
			return c.Selection, nil
		}
		c.Selection = models.ExcludedByRule
		return c.under(c.excluded, c.organization), nil
	}, notClaiming)
}

// Select sets the selection of repositories and returns how many changed. What is
// to be available is excluded where a rule matches. Errors are those of Import.
func (s *Store) Select(ctx context.Context, integrationID string, repositoryIDs []int64, selection models.Selection) (changed int, err error) {
	choice := Choice{RepositoryIDs: repositoryIDs}
	var chosen Chosen
	switch selection {
	case models.Imported:
		chosen, err = s.Import(ctx, integrationID, choice)
	case models.Ignored:
		chosen, err = s.Ignore(ctx, integrationID, choice)
	default:
		chosen, err = s.decide(ctx, integrationID, choice, available, notClaiming)
	}
	return chosen.Changed, err
}

// SetAutoImport decides whether repositories of an organization that are found
// later are imported without asking, and with existing also imports those that are
// available now. On claims the organization; off keeps what is imported. Errors
// are those of Import.
func (s *Store) SetAutoImport(ctx context.Context, integrationID string, organizationID int64, on, existing bool) (Chosen, error) {
	var chosen Chosen
	err := s.write(ctx, func(tx *gorm.DB) error {
		visible, err := visibleOrganizations(tx, integrationID)
		if err != nil {
			return err
		}
		if !slices.Contains(visible, organizationID) {
			return ErrNotFound
		}
		if !on {
			if _, err := claimableOrganizations(tx, integrationID, []int64{organizationID}); err != nil {
				return err
			}
			return tx.Model(&models.Organization{}).Where("id = ? AND integration_id = ? AND auto_import", organizationID, integrationID).Update("auto_import", false).Error
		}
		if err := claimOrganizations(tx, integrationID, []int64{organizationID}, true); err != nil || !existing {
			return err
		}
		there := tx.Model(&models.Repository{}).Where(listed).Where("organization_id = ? AND selection = ?", organizationID, models.Available)
		chosen, err = decideOn(tx, integrationID, there.Session(&gorm.Session{}), imported(false), claiming)
		return err
	})
	return chosen, err
}

// candidate is a repository on which is decided.
type candidate struct {
	ruleSubject
	organization models.Organization
	excluded     bool // a rule matches
}

// decision returns the selection that a repository is to have. An error undoes
// all that was decided.
type decision func(candidate) (models.Selection, error)

// Importing from an organization claims it for the integration.
const (
	claiming    = true
	notClaiming = false
)

func (s *Store) decide(ctx context.Context, integrationID string, choice Choice, how decision, claims bool) (Chosen, error) {
	var done Chosen
	err := s.write(ctx, func(tx *gorm.DB) error {
		chosen, err := s.chosen(tx, integrationID, choice)
		if err != nil {
			return err
		}
		done, err = decideOn(tx, integrationID, chosen, how, claims)
		return err
	})
	return done, err
}

func (s *Store) chosen(tx *gorm.DB, integrationID string, choice Choice) (*gorm.DB, error) {
	visible, err := visibleOrganizations(tx, integrationID)
	if err != nil {
		return nil, err
	}
	if len(choice.RepositoryIDs) == 0 {
		choice.Filter.IntegrationID = integrationID
		chosen, _, err := s.filtered(tx, choice.Filter)
		return chosen, err
	}
	chosen := tx.Model(&models.Repository{}).Where("id IN ? AND organization_id IN ?", choice.RepositoryIDs, visible).Session(&gorm.Session{})
	var found int64
	if err := chosen.Count(&found).Error; err != nil {
		return nil, err
	}
	if int(found) < len(newest(choice.RepositoryIDs, func(id int64) int64 { return id }, lastWins)) {
		return nil, ErrNotFound
	}
	return chosen, nil
}

// visibleOrganizations are those that an integration may choose from, which it
// locks.
func visibleOrganizations(tx *gorm.DB, integrationID string) ([]int64, error) {
	var integration models.Integration
	if err := locked(tx).Where("id = ?", integrationID).Take(&integration).Error; err != nil {
		return nil, notFound(err)
	}
	if integration.Lifecycle == models.IntegrationDeleting {
		return nil, ErrDeleting
	}
	var ids []int64
	err := tx.Model(&models.Organization{}).
		Where("integration_id = ? OR id IN (SELECT organization_id FROM connection_organizations WHERE connection_id = ?)",
			integrationID, integration.ConnectionID).
		Order("id").Pluck("id", &ids).Error
	return ids, err
}

// decideOn decides on each of the chosen repositories. Their organizations stay
// locked, so that nobody else decides and no rule changes meanwhile.
func decideOn(tx *gorm.DB, integrationID string, chosen *gorm.DB, how decision, claims bool) (Chosen, error) {
	var done Chosen
	if err := chosen.Distinct("organization_id").Order("organization_id").Pluck("organization_id", &done.Organizations).Error; err != nil {
		return done, err
	}
	if claims {
		if err := claimOrganizations(tx, integrationID, done.Organizations, false); err != nil {
			return done, err
		}
	}
	organizations, err := claimableOrganizations(tx, integrationID, done.Organizations)
	if err != nil {
		return done, err
	}
	changes := selectionChanges{}
	for _, o := range organizations {
		before := len(changes[models.Imported])
		if err := decideIn(tx, o, chosen, how, changes); err != nil {
			return done, err
		}
		if len(changes[models.Imported]) > before {
			done.Imported = append(done.Imported, o.ID)
		}
	}
	for _, ids := range changes {
		done.Changed += len(ids)
	}
	return done, changes.apply(tx)
}

func decideIn(tx *gorm.DB, o models.Organization, chosen *gorm.DB, how decision, changes selectionChanges) error {
	stored, err := rulesIn(tx, o)
	if err != nil {
		return err
	}
	rules, err := patternMatches(nil).set(stored)
	if err != nil {
		return err
	}
	var repositories []ruleSubject
	if err := chosen.Select(ruleSubjectColumns).Where("organization_id = ?", o.ID).Order("id").Scan(&repositories).Error; err != nil {
		return err
	}
	for _, r := range repositories {
		if err := tx.Statement.Context.Err(); err != nil {
			return err
		}
		to, err := how(candidate{ruleSubject: r, organization: o, excluded: rules.firstMatch(r.Repository) >= 0})
		if err != nil {
			return err
		}
		changes.add(r, to)
	}
	return nil
}
