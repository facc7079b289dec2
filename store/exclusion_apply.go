package store

import (
	"maps"
	"slices"

	"gorm.io/gorm"

	"tributary/models"
)

// ruleSubject is a repository with what decides on its selection.
type ruleSubject struct {
	models.Repository      // ID, OrganizationID, what rules look at, Selection, PurgeRequestedAt and DeletedAt only
	WasRead           bool // something of it is stored; only known of those that nothing is read of now
}

const ruleSubjectColumns = `id, organization_id, full_name, archived, fork, pushed_at, selection, purge_requested_at, deleted_at,
	selection IN ('excluded_by_rule', 'ignored') AND EXISTS (SELECT 1 FROM streams WHERE streams.repository_id = repositories.id) AS was_read`

// under is the selection of a repository under rules. What somebody ignored
// stays ignored; what no rule excludes any more is as it would be without rules.
func (r ruleSubject) under(matches bool, o models.Organization) models.Selection {
	switch {
	case r.Selection == models.Ignored:
		return models.Ignored
	case matches:
		return models.ExcludedByRule
	case r.Selection != models.ExcludedByRule:
		return r.Selection
	case o.IntegrationID != "" && r.PurgeRequestedAt == nil && (o.AutoImport || r.WasRead):
		return models.Imported
	}
	return models.Available
}

// applyRules lets the rules that hold in an organization, which is locked, decide
// on its repositories, or on some. It stops when the context of the transaction ends.
func applyRules(tx *gorm.DB, o models.Organization, matched patternMatches, some ...int64) (RulesEffect, error) {
	rules, err := rulesIn(tx, o)
	if err != nil {
		return RulesEffect{}, err
	}
	set, err := matched.set(rules)
	if err != nil {
		return RulesEffect{}, err
	}
	repositories, err := concerned(tx, o, len(set) > 0, some)
	if err != nil {
		return RulesEffect{}, err
	}
	var effect RulesEffect
	changes := selectionChanges{}
	for _, r := range repositories {
		if err := tx.Statement.Context.Err(); err != nil {
			return RulesEffect{}, err
		}
		matches := set.firstMatch(r.Repository) >= 0
		if matches {
			effect.Matched++
		}
		to := r.under(matches, o)
		effect.add(r.Selection, to)
		changes.add(r, to)
	}
	return effect, changes.apply(tx)
}

// concerned are the repositories of an organization, or some, on which rules
// may decide. Without rules those are the ones that former rules excluded.
func concerned(tx *gorm.DB, o models.Organization, haveRules bool, some []int64) ([]ruleSubject, error) {
	query := tx.Model(&models.Repository{}).Select(ruleSubjectColumns).Where("organization_id = ? AND deleted_at IS NULL", o.ID)
	if !haveRules {
		query = query.Where("selection = ?", models.ExcludedByRule)
	}
	if len(some) > 0 {
		query = query.Where("id IN ?", some)
	}
	var repositories []ruleSubject
	err := query.Order("id").Scan(&repositories).Error
	return repositories, err
}

// selectionChanges are repositories by the selection that they are to get.
type selectionChanges map[models.Selection][]int64

func (c selectionChanges) add(r ruleSubject, to models.Selection) {
	if r.Selection != to {
		c[to] = append(c[to], r.ID)
	}
}

// apply waits for the pages that are being stored of the repositories: those
// that come later see the change.
func (c selectionChanges) apply(tx *gorm.DB) error {
	all := slices.Concat(slices.Collect(maps.Values(c))...)
	slices.Sort(all)
	for some := range slices.Chunk(all, rowsPerStatement) {
		var ids []int64
		if err := locked(tx).Model(&models.Repository{}).Where("id IN ?", some).Order("id").Pluck("id", &ids).Error; err != nil {
			return err
		}
	}
	for _, to := range slices.Sorted(maps.Keys(c)) {
		for some := range slices.Chunk(c[to], rowsPerStatement) {
			if err := tx.Model(&models.Repository{}).Where("id IN ?", some).Update("selection", to).Error; err != nil {
				return err
			}
		}
	}
	return nil
}
