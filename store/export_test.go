package store

import (
	"context"

	"gorm.io/gorm"

	"tributary/models"
)

// DB lets a test look at tables and prepare states that no method makes.
func (s *Store) DB() *gorm.DB { return s.writer }

// Reader is what methods that only read use.
func (s *Store) Reader() *gorm.DB { return s.reader }

// MigrateDown undoes all migrations after a version.
func (s *Store) MigrateDown(ctx context.Context, version int64) error {
	provider, err := s.provider()
	if err != nil {
		return err
	}
	_, err = provider.DownTo(ctx, version)
	return err
}

// CreateInstallationConnection is what creating and replacing do within their
// transactions.
func (s *Store) CreateInstallationConnection(ctx context.Context, wizardID string, organizationID int64) (c models.Connection, err error) {
	err = s.write(ctx, func(tx *gorm.DB) error {
		c, err = s.createInstallationConnection(tx, wizardID, organizationID)
		return err
	})
	return c, err
}

// MatchNames is what is done before the transaction of exclusion rules.
func MatchNames(ctx context.Context, rules []models.ExclusionRule, names []string) (map[string]map[string]bool, error) {
	return matchNames(ctx, rules, names)
}

// ApplyRules lets the rules of an organization decide with what was found before.
func (s *Store) ApplyRules(ctx context.Context, organizationID int64, pattern string, matched map[string]bool) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		var o models.Organization
		if err := tx.Where("id = ?", organizationID).Take(&o).Error; err != nil {
			return err
		}
		_, err := applyRules(tx, o, patternMatches{pattern: matched})
		return err
	})
}

// RefreshFacts is what pages do with the facts of pull requests.
func (s *Store) RefreshFacts(repositoryID int64, numbers ...int) error {
	return refreshFacts(s.writer, repositoryID, numbers)
}

// Tables are all models that have a table.
var Tables = append(plainTables(), []any{
	models.Account{}, models.APIToken{}, models.AuditEvent{}, models.Commit{}, models.Connection{}, models.ConnectionOrganization{}, models.Integration{},
	models.Drift{}, models.Issue{}, models.IssueComment{}, models.IssueEvent{}, models.Organization{}, models.PullRequest{}, models.PullRequestCommit{}, models.PullRequestFacts{}, models.PullRequestResponder{},
	models.RateBudget{}, models.Repository{}, models.Review{}, models.ReviewComment{}, models.Schedule{}, models.Session{}, models.Stream{}, models.Sync{},
	models.SyncRepository{}, models.UnreadableRow{}, models.Label{}, models.Authorization{}, models.InstallationToken{}, models.ExclusionRule{}, models.Diagnostic{}, models.Deletion{}, models.Verification{}, models.Webhook{}, models.Delivery{}, models.Hint{}, models.RegisteredApp{}, models.AppSetup{}, setting{},
}...)

func plainTables() (tables []any) {
	for _, d := range models.Streams {
		if d.Plain != nil {
			tables = append(tables, d.Plain)
		}
	}
	return tables
}

// CountWords is what is stored as the words of a text.
func CountWords(text string) int { return countWords(text) }
