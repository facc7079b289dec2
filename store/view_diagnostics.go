package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// mostNames of what is wrong are enough for people to know what to look at.
const mostNames = 10

// Affected is what one cause concerns.
type Affected struct {
	Code    models.Code
	Count   int      // of repositories, or of streams
	Names   []string // owner/name of up to ten repositories
	Example string   // what the last failure of one of them said; streams only
	// Repositories is how many there are to name.
	Repositories int
}

// OrganizationHealth is what the database says about the imported repositories
// of an organization. Those that are proven to be gone are not counted.
type OrganizationHealth struct {
	Imported int
	// Sample is an imported repository that only a credential with every
	// permission can read all of: private, with commits. Nil when there is none.
	Sample          *models.Repository
	Empty           Affected // repositories without a commit
	IssuesDisabled  Affected
	PullRequestsOff Affected
	// Gaps are what is missing, by subject and code.
	Gaps []Gap
	// Unfinished are streams that were never read to their end. Behind is the
	// stream of the others that is furthest behind; nil when there is none.
	Unfinished int
	Behind     *FurthestBehind
}

// FurthestBehind is the stream that bounds how far an organization is complete.
type FurthestBehind struct {
	Repository      string // owner/name
	Kind            models.StreamKind
	CompleteThrough time.Time
}

// Health returns what the database says about the organizations that an
// integration has claimed or was created for, by their ids, or ErrNotFound.
func (s *Store) Health(ctx context.Context, integrationID string) (map[int64]*OrganizationHealth, error) {
	found := map[int64]*OrganizationHealth{}
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		var integration models.Integration
		if err := tx.Where("id = ?", integrationID).Take(&integration).Error; err != nil {
			return notFound(err)
		}
		ids, err := ingestedBy(tx, integrationID)
		if err != nil {
			return err
		}
		for _, id := range ids {
			found[id] = &OrganizationHealth{}
		}
		if err := addImported(tx, found); err != nil {
			return err
		}
		if err := addSamples(tx, found); err != nil {
			return err
		}
		if err := addRepositoryHealth(tx, found, integration.Services); err != nil {
			return err
		}
		if err := s.addGaps(tx, found, integration); err != nil {
			return err
		}
		return addFreshness(tx, found, integration)
	})
	return found, err
}

// importedRepositories are those in which anything may be wrong.
func importedRepositories(tx *gorm.DB, found map[int64]*OrganizationHealth) *gorm.DB {
	return tx.Model(&models.Repository{}).Where("organization_id IN ? AND selection = 'imported' AND deleted_at IS NULL", foundOrganizations(found))
}

func addImported(tx *gorm.DB, found map[int64]*OrganizationHealth) error {
	var rows []struct {
		OrganizationID int64
		N              int
	}
	err := importedRepositories(tx, found).Select("organization_id, count(*) AS n").Group("organization_id").Scan(&rows).Error
	for _, row := range rows {
		found[row.OrganizationID].Imported = row.N
	}
	return err
}

func addSamples(tx *gorm.DB, found map[int64]*OrganizationHealth) error {
	var samples []models.Repository
	first := importedRepositories(tx, found).Select("min(id)").
		Where("visibility = 'private' AND probe -> 'commits' IS NOT NULL AND access_code = ''").Group("organization_id")
	err := tx.Where("id IN (?)", first).Find(&samples).Error
	for _, sample := range samples {
		found[sample.OrganizationID].Sample = &sample
	}
	return err
}

func addRepositoryHealth(tx *gorm.DB, found map[int64]*OrganizationHealth, services models.Services) error {
	for _, of := range []struct {
		code, where string
		add         func(*OrganizationHealth, affectedRow)
	}{
		{"'repo_empty'", "access_code = '' AND empty", func(h *OrganizationHealth, r affectedRow) { h.Empty.add(r) }},
		{"'issues_disabled'", "access_code = '' AND NOT has_issues", func(h *OrganizationHealth, r affectedRow) {
			if services.Tickets {
				h.IssuesDisabled.add(r)
			}
		}},
		{"'pull_requests_disabled'", "access_code = '' AND pull_requests_off", func(h *OrganizationHealth, r affectedRow) {
			if services.PullRequests {
				h.PullRequestsOff.add(r)
			}
		}},
	} {
		inner := importedRepositories(tx, found).
			Select("organization_id, " + shortName + " AS full_name, " + of.code + " AS code, count(*) OVER (PARTITION BY organization_id, " + of.code + ") AS total, " +
				"row_number() OVER (PARTITION BY organization_id, " + of.code + " ORDER BY lower(full_name), id) AS place").
			Where(of.where)
		if err := addRows(tx, inner, found, of.add); err != nil {
			return err
		}
	}
	return nil
}

// addGaps hands out what is missing by organization.
func (s *Store) addGaps(tx *gorm.DB, found map[int64]*OrganizationHealth, integration models.Integration) error {
	gaps, err := s.gapsOf(tx, integration)
	for _, gap := range gaps {
		found[gap.OrganizationID].Gaps = append(found[gap.OrganizationID].Gaps, gap)
	}
	return err
}

func readableStreams(tx *gorm.DB, found map[int64]*OrganizationHealth, integration models.Integration) *gorm.DB {
	return tx.Model(&models.Stream{}).Joins("JOIN repositories ON repositories.id = streams.repository_id").
		Where("organization_id IN ? AND selection = 'imported' AND deleted_at IS NULL AND access_code = ''", foundOrganizations(found)).
		Where("kind IN ?", integration.Services.Kinds())
}

func addRows(tx, inner *gorm.DB, found map[int64]*OrganizationHealth, add func(*OrganizationHealth, affectedRow)) error {
	var rows []affectedRow
	err := tx.Table("(?) AS numbered", inner).Where("place <= ?", mostNames).Order("organization_id, code, place").Scan(&rows).Error
	for _, row := range rows {
		add(found[row.OrganizationID], row)
	}
	return err
}

func (a *Affected) add(row affectedRow) {
	a.Code, a.Count, a.Names = row.Code, row.Total, append(a.Names, row.FullName)
	if a.Repositories = row.Repositories; a.Repositories == 0 {
		a.Repositories = row.Total // they are what is counted
	}
	if a.Example == "" {
		a.Example = row.Example
	}
}

func addFreshness(tx *gorm.DB, found map[int64]*OrganizationHealth, integration models.Integration) error {
	var unfinished []struct {
		OrganizationID int64
		N              int
	}
	err := readableStreams(tx, found, integration).Select("organization_id, count(*) AS n").
		Where("complete_through IS NULL").Group("organization_id").Scan(&unfinished).Error
	if err != nil {
		return err
	}
	for _, row := range unfinished {
		found[row.OrganizationID].Unfinished = row.N
	}
	var behind []struct {
		OrganizationID  int64
		FullName        string
		Kind            models.StreamKind
		CompleteThrough time.Time
	}
	inner := readableStreams(tx, found, integration).
		Select("organization_id, " + shortName + " AS full_name, kind, complete_through, row_number() OVER (PARTITION BY organization_id ORDER BY complete_through, repositories.id, kind) AS place").
		Where("complete_through IS NOT NULL")
	err = tx.Table("(?) AS numbered", inner).Where("place = 1").Scan(&behind).Error
	for _, row := range behind {
		found[row.OrganizationID].Behind = &FurthestBehind{Repository: row.FullName, Kind: row.Kind, CompleteThrough: row.CompleteThrough}
	}
	return err
}

func foundOrganizations(found map[int64]*OrganizationHealth) []int64 {
	ids := make([]int64, 0, len(found))
	for id := range found {
		ids = append(ids, id)
	}
	return ids
}

// DiagnosticView is what a check found, with the login of its organization.
type DiagnosticView struct {
	models.Diagnostic
	Login string // empty when the check concerns the credential
}

// Diagnostics returns what the checks of an integration found the last time, the
// worst first, and those of the credential before those of organizations.
func (s *Store) Diagnostics(ctx context.Context, integrationID string) ([]DiagnosticView, error) {
	var views []DiagnosticView
	err := s.read(ctx).Model(&models.Diagnostic{}).
		Select("diagnostics.*, coalesce(organizations.login, '') AS login").
		Joins("LEFT JOIN organizations ON organizations.id = diagnostics.organization_id").
		Where("diagnostics.integration_id = ?", integrationID).
		Order("CASE severity WHEN 'error' THEN 0 WHEN 'warning' THEN 1 WHEN 'info' THEN 2 ELSE 3 END").
		Order("lower(coalesce(organizations.login, '')), diagnostics.organization_id, name").Scan(&views).Error
	return views, err
}

// IntegrationsToDiagnose returns up to limit integrations that were not checked
// since an instant, those first whose last checks are the oldest. Creating one
// counts as a check: GitHub was asked the same then.
func (s *Store) IntegrationsToDiagnose(ctx context.Context, since time.Time, limit int) ([]models.Integration, error) {
	var integrations []models.Integration
	err := s.read(ctx).Where("lifecycle IN ?", []models.Lifecycle{models.IntegrationActive, models.IntegrationPaused}).
		Where("coalesce(diagnosed_at, created_at) < ?", instant(since)).
		Order("coalesce(diagnosed_at, created_at), id").Limit(limit).Find(&integrations).Error
	return integrations, err
}
