package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"tributary/models"
)

// RulesPreview is what rules would do.
type RulesPreview struct {
	Repositories int // that the rules are about
	Effect       RulesEffect
	Rules        []RulesEffect // of each rule alone; nothing returns because of a rule
	Examples     []RuleExample
}

// RuleExample is a repository whose selection would change.
type RuleExample struct {
	RepositoryID int64
	FullName     string
	From, To     models.Selection
	Rule         int // the first one that matches, from 0; -1 for one that comes back
}

// maxExamples is as many as a person looks through.
const maxExamples = 50

// PreviewExclusionRules tells what SetExclusionRules would do, and does nothing.
// Its errors are the same, but for ErrDeleting.
func (s *Store) PreviewExclusionRules(ctx context.Context, integrationID string, rules []models.ExclusionRule) (RulesPreview, error) {
	clean(&rules)
	set, err := compile(rules)
	if err != nil {
		return RulesPreview{}, err
	}
	p := preview{integrationID: integrationID, rules: rules, set: set}
	p.Rules = make([]RulesEffect, len(rules))
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		var integration models.Integration
		if err := tx.Where("id = ?", integrationID).Take(&integration).Error; err != nil {
			return notFound(err)
		}
		organizations, err := ruled(tx, integration)
		if err != nil {
			return err
		}
		for _, o := range organizations {
			if err := p.look(tx, o); err != nil {
				return err
			}
		}
		return nil
	})
	slices.SortFunc(p.Examples, func(a, b RuleExample) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.FullName), strings.ToLower(b.FullName)), cmp.Compare(a.RepositoryID, b.RepositoryID))
	})
	p.Examples = p.Examples[:min(len(p.Examples), maxExamples)]
	return p.RulesPreview, err
}

type preview struct {
	RulesPreview
	integrationID string
	rules         []models.ExclusionRule
	set           ruleSet
}

func (p *preview) look(tx *gorm.DB, o models.Organization) error {
	var others ruleSet // of integrations that see an organization as we do, which nobody has claimed
	var err error
	if o.IntegrationID == "" {
		if others, err = rulesIn(tx, o, p.integrationID); err != nil {
			return err
		}
	}
	repositories, err := concerned(tx, o, true, nil)
	if err != nil {
		return err
	}
	p.Repositories += len(repositories)
	for _, r := range repositories {
		first := p.set.first(r.Repository)
		if first >= 0 {
			p.Effect.Matched++
		}
		to := r.under(first >= 0 || others.first(r.Repository) >= 0, o)
		p.Effect.add(r.Selection, to)
		for i, match := range p.set {
			if match(r.Repository) {
				p.Rules[i].Matched++
				p.Rules[i].add(r.Selection, to)
			}
		}
		if r.Selection != to {
			p.Examples = append(p.Examples, RuleExample{RepositoryID: r.ID, FullName: r.FullName, From: r.Selection, To: to, Rule: first})
		}
	}
	return nil
}
